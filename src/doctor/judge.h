// What the facts of a machine mean for the service: pure functions from values to findings.
#pragma once

#include <cstdint>
#include <string>

#include "doctor/finding.h"
#include "doctor/machine.h"
#include "jail/subordinate_ids.h"

namespace executor {

// What the lowest tier that the configuration allows is made of.
struct Needs {
  bool jail = true;        // firejail
  bool namespaces = true;  // user namespaces, made by an unprivileged process
  bool landlock = false;
};

Section judge_kernel(const KernelFacts& facts, const Needs& needs);
Section judge_namespaces(const NamespaceFacts& facts, const Needs& needs);
// `descriptors`: how many the service may come to use at once.
Section judge_caller(const CallerFacts& facts, const Needs& needs, std::uint64_t descriptors);
Section judge_container(const ContainerFacts& facts, const Needs& needs);
Section judge_cgroup(const CgroupFacts& facts);

// `user` is the caller's name, for firejail's list of users.
Section judge_firejail(const FirejailFacts& facts, const Needs& needs, const std::string& user);
// `required`: by the configuration. `least`: how many ids a zygote takes.
Section judge_identity(const IdentityFacts& facts, bool required, std::uint32_t least);
Section judge_fastcgi_library(const LibraryFacts& facts);
Section judge_socket(const SocketFacts& facts, const std::string& user);
Section judge_python(const PythonFacts& facts);
// `runs` at once with `memory` bytes each.
Section judge_resources(const ResourceFacts& facts, std::uint64_t runs, std::uint64_t memory);

// Whether a version of libfcgi's Debian package has the fix for CVE-2025-23016.
bool libfcgi_is_fixed(const std::string& version);

}  // namespace executor
