// Which system calls a sealed worker and its children may make, as data (seccomp(2)). What is not
// in the table answers EPERM, calls that do not exist yet included; entries of other architectures
// answer ENOSYS. (Since Linux 6.14 the kernel passes uretprobe and uprobe to no filter; they do
// nothing for their callers.) Knows nothing of filters; runner/seccomp.cc compiles it into one.
#pragma once

#include <linux/audit.h>

#include <cstdint>
#include <vector>

namespace executor {

// Whose numbers the table has, as the kernel names it to a filter.
#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "which system calls this architecture has is not known"
#endif

enum class SeccompAnswer : std::uint8_t {
  kAllow,    // passed to the kernel
  kAbsent,   // ENOSYS: libc then falls back to a call that can be judged
  kPretend,  // success, and nothing is done
};

// What an argument must be. The mask leaves out the high half of what the kernel takes as a 32-bit
// number: the kernel ignores that half, and so must the filter. Only addresses are compared whole.
struct ArgumentTest {
  unsigned index = 0;
  std::uint64_t mask = 0;
  std::uint64_t value = 0;
  bool equal = true;  // equal to `value` under `mask`; false: different from it under `mask`

  [[nodiscard]] bool holds(std::uint64_t argument) const {
    return (((argument ^ value) & mask) == 0) == equal;
  }
};

// One way in which a call may be made: all tests hold. Without tests: any way.
struct SeccompRule {
  int call = 0;
  std::vector<ArgumentTest> tests;
};

struct SeccompGroup {
  const char* purpose;
  SeccompAnswer answer;
  std::vector<SeccompRule> rules;
};

// Which sockets are allowed. Where a worker has no network namespace of its own, an internet socket
// reaches the outside, and an abstract unix socket everything else in the container.
enum class Sockets : std::uint8_t {
  kInternetAndUnix,
  kUnix,
  kUnixPairs,  // connected to each other from the start, and to nothing else
};

// A call that several rules name may be made in each of these ways.
std::vector<SeccompGroup> seccomp_table(Sockets sockets);
// With all sockets.
const std::vector<SeccompGroup>& seccomp_table();

}  // namespace executor
