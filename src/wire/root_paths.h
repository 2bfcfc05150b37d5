// What a worker's root has of the host's, besides the paths that are exposed: the zygote binds it,
// and the attestation compares it with the worker's mounts. What is absent on a machine is left
// out.
#pragma once

#include <array>
#include <cstdint>

namespace executor {

// Programs, libraries and time zones. ldconfig is how ctypes finds a library's file (on Ubuntu it
// is a script around ldconfig.real).
inline constexpr std::array kSystemPaths = {"/usr/bin",
                                            "/usr/sbin/ldconfig",
                                            "/usr/sbin/ldconfig.real",
                                            "/usr/lib",
                                            "/usr/lib64",
                                            "/usr/share/zoneinfo",
                                            "/usr/share/mime/globs2",
                                            "/usr/share/python3",
                                            "/usr/share/matplotlib",
                                            "/usr/share/fonts"};
// Found by the dynamic linker and by libraries: BLAS is reached through /etc/alternatives. The
// types of files and the numbers of the internet are the same on every machine.
inline constexpr std::array kConfigurationPaths = {
    "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime",   "/etc/mime.types",
    "/etc/protocols",   "/etc/services",     "/etc/matplotlibrc"};
// Not zero: a shared mapping of it is memory that no limit of the worker counts.
inline constexpr std::array kDevicePaths = {"/dev/null", "/dev/full", "/dev/random",
                                            "/dev/urandom"};

// What the file system of a worker's scratch space holds before the run makes a file: its root, and
// the directories that are bound to the working directory, /tmp and /dev/shm.
inline constexpr std::uint64_t kScratchDirectories = 4;

}  // namespace executor
