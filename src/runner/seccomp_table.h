// Which system calls a sealed worker and its children may make, as data (seccomp(2)). What is not
// in the table answers EPERM, calls that do not exist yet included; entries of other architectures
// answer ENOSYS. (Since Linux 6.14 the kernel asks no filter about uretprobe and uprobe, which do
// nothing for those who call them.) Knows nothing of filters; runner/seccomp.cc makes one of it.
#pragma once

#include <cstdint>
#include <vector>

namespace executor {

enum class SeccompAnswer : std::uint8_t {
  kAllow,    // the kernel gets to see it
  kAbsent,   // ENOSYS: libc then falls back to a call that can be judged
  kPretend,  // success, and nothing is done
};

// What an argument must be. Only its low 32 bits are looked at, always: the kernel takes all of the
// arguments tested here as 32-bit numbers and ignores the rest, and so must the filter.
struct ArgumentTest {
  unsigned index = 0;
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
  bool equal = true;  // equal to `value` under `mask`; false: different from it under `mask`

  [[nodiscard]] bool holds(std::uint64_t argument) const {
    return (((static_cast<std::uint32_t>(argument) ^ value) & mask) == 0) == equal;
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

// Which sockets there are. Where a worker has no network namespace of its own, an internet socket
// leads to the world, and an abstract unix socket to everybody else in the container.
enum class Sockets : std::uint8_t {
  kInternetAndUnix,
  kUnix,
  kUnixPairs,  // connected from the start, and never to anybody else
};

// A call that several rules name may be made in each of these ways.
std::vector<SeccompGroup> seccomp_table(Sockets sockets);
// With all sockets.
const std::vector<SeccompGroup>& seccomp_table();

}  // namespace executor
