// What the facts of a machine mean for the service: pure functions from values to findings.
#pragma once

#include <cstdint>
#include <string>

#include "doctor/finding.h"
#include "doctor/machine.h"

namespace executor {

// What the lowest tier in which the configuration lets scripts run is made of.
struct Needs {
  bool jail = true;        // firejail
  bool namespaces = true;  // user namespaces, made by an unprivileged process
};

Chapter judge_kernel(const KernelFacts& facts, const Needs& needs);
Chapter judge_namespaces(const NamespaceFacts& facts, const Needs& needs);
// `descriptors`: how many the service may come to use at once.
Chapter judge_caller(const CallerFacts& facts, const Needs& needs, std::uint64_t descriptors);
Chapter judge_container(const ContainerFacts& facts, const Needs& needs);
Chapter judge_cgroup(const CgroupFacts& facts);

// `user` is the caller's name, for firejail's list of users.
Chapter judge_firejail(const FirejailFacts& facts, const Needs& needs, const std::string& user);
Chapter judge_fastcgi_library(const LibraryFacts& facts);
Chapter judge_socket(const SocketFacts& facts, const std::string& user);
Chapter judge_python(const PythonFacts& facts);
// `runs` at once with `memory` bytes each.
Chapter judge_resources(const ResourceFacts& facts, std::uint64_t runs, std::uint64_t memory);

// Whether a version of libfcgi's Debian package has the fix for CVE-2025-23016.
bool libfcgi_is_fixed(const std::string& version);

}  // namespace executor
