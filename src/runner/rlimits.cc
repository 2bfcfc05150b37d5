#include "runner/rlimits.h"

#include "runner/proc_file.h"
#include "wire/limits.h"

namespace executor {
namespace {

Result<void> set_limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit value{soft, hard};
  if (::setrlimit(resource, &value) != 0) return os_failure("set a resource limit");
  return {};
}

Result<void> set_memory_limits(const SandboxLimits& limits, const MemoryBaseline& baseline) {
  const rlim_t data = baseline.data + limits.memory;
  // Shared anonymous memory is not in RLIMIT_DATA, so the address space is limited as well.
  const rlim_t space = baseline.address_space + limits.memory + kAddressSlack;
  auto done = set_limit(RLIMIT_DATA, data, data);
  if (done) done = set_limit(RLIMIT_AS, space, space);
  return done;
}

// Those that a request may lower: the others are as they were, and the filter keeps that of core
// dumps from being set again.
bool can_be_lowered(__rlimit_resource resource) {
  return resource == RLIMIT_CPU || resource == RLIMIT_FSIZE || resource == RLIMIT_NPROC ||
         resource == RLIMIT_NOFILE;
}

}  // namespace

Result<MemoryBaseline> memory_baseline(int proc) {
  constexpr std::uint64_t kKilobyte = 1024;
  const auto size = read_proc_number(proc, "self/status", "VmSize");
  if (!size) return size.error();
  const auto data = read_proc_number(proc, "self/status", "VmData");
  if (!data) return data.error();
  return MemoryBaseline{*size * kKilobyte, *data * kKilobyte};
}

Result<void> set_rlimits(const SandboxLimits& limits, const MemoryBaseline& baseline) {
  auto done = set_memory_limits(limits, baseline);
  for (const ProcessLimit& limit : process_limits(limits)) {
    if (done) done = set_limit(limit.resource, limit.soft, limit.hard);
  }
  return done;
}

Result<void> lower_rlimits(const SandboxLimits& limits, const MemoryBaseline& baseline) {
  auto done = set_memory_limits(limits, baseline);
  for (const ProcessLimit& limit : process_limits(limits)) {
    if (done && can_be_lowered(limit.resource)) {
      done = set_limit(limit.resource, limit.soft, limit.hard);
    }
  }
  return done;
}

}  // namespace executor
