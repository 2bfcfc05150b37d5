#include "layers/layer.h"

#include <filesystem>
#include <string_view>

namespace executor::test {
namespace {

namespace fs = std::filesystem;

// Runs the program that firejail was to run, without any jail: what firejail itself does where it
// takes itself for inside a container.
constexpr const char* kNoFirejail = R"(#!/bin/sh
for last; do :; done
exec "$last"
)";

bool is(const Layer& layer, std::string_view id) {
  return layer.id == id;
}

}  // namespace

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {
      {"none", "nothing", "", false},
      {"firejail", "firejail, the outer jail", "jail.pid", false},
      {"root", "own root file system", "root", false},
      {"read-only", "read-only mounts", "write./", true},
      {"mounts", "own mount namespace and scratch space", "ns.mnt", true},
      {"scratch", "size of the scratch space", "scratch", false},
      {"user", "own user namespace", "ns.user", false},
      {"pid", "own PID namespace", "pid", true},
      {"network", "own network namespace", "ns.net", true},
      {"ipc", "own IPC, UTS and cgroup namespaces", "ns.cgroup", false},
      {"capabilities", "capabilities dropped, no_new_privs", "capabilities", false},
      {"seccomp", "the worker's system call filter", "act.unshare", false},
      {"job-socket", "the filter's guard of the job socket", "job_socket", false},
      {"descriptors", "inherited descriptors closed", "descriptors", false},
      {"rlimits", "resource limits of each process", "limit.nproc", false},
      {"memory-watch", "the watch over a run's memory", "", false},
      {"output", "limits of the output", "", false},
  };
  return all;
}

PoolOptions options_without(const Layer& layer, const Scratch& scratch) {
  PoolOptions options = pool_options();
  const fs::path built(options.jail.runner);
  const std::string copy = scratch.path(std::string("runner.") + layer.id);
  fs::copy_file(built.parent_path() / "weakened" / built.filename(), copy,
                fs::copy_options::overwrite_existing);
  options.jail.runner = copy;
  // A user id of each run's own is a second wall behind several layers, and would hide that they
  // are off.
  options.jail.identity = RunIdentity::kShared;
  if (is(layer, "firejail")) {
    options.jail.firejail.program = scratch.file("firejail", kNoFirejail);
  }
  return options;
}

// Bounds that protect the machine take the place of the limits.
RunLimits limits_without(const Layer& layer) {
  RunLimits limits;
  if (is(layer, "memory-watch")) limits.memory = 3ULL << 30;
  if (is(layer, "output")) limits.output = 32ULL << 20;
  return limits;
}

}  // namespace executor::test
