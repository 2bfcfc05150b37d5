// What the table of system calls promises for a call, read from the table itself: the reference
// that the compiled filter and the kernel are compared with.
#pragma once

#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "wire/seccomp_table.h"

namespace executor::test {

// As seccomp(2) returns it from a filter: SECCOMP_RET_ALLOW, or SECCOMP_RET_ERRNO and the number.
inline std::uint32_t promised(const seccomp_data& data,
                              const std::vector<SeccompGroup>& table = seccomp_table()) {
  constexpr std::uint32_t kX32 = 0x40000000;
  if (data.arch != kArchitecture) return SECCOMP_RET_ERRNO | ENOSYS;
  // -1 is what a tracer writes to have a call skipped; there is none, and no call of that number.
  const auto number = static_cast<std::uint32_t>(data.nr);
  if (kArchitecture == AUDIT_ARCH_X86_64 && number >= kX32 && number != ~0U) {
    return SECCOMP_RET_ERRNO | ENOSYS;
  }
  for (const SeccompGroup& group : table) {
    for (const SeccompRule& rule : group.rules) {
      if (rule.call != data.nr) continue;
      const bool holds = std::all_of(
          rule.tests.begin(), rule.tests.end(),
          [&data](const ArgumentTest& test) { return test.holds(data.args[test.index]); });
      if (!holds) continue;
      switch (group.answer) {
        case SeccompAnswer::kAllow:
          return SECCOMP_RET_ALLOW;
        case SeccompAnswer::kAbsent:
          return SECCOMP_RET_ERRNO | ENOSYS;
        case SeccompAnswer::kPretend:
          return SECCOMP_RET_ERRNO;
      }
    }
  }
  return SECCOMP_RET_ERRNO | EPERM;
}

}  // namespace executor::test
