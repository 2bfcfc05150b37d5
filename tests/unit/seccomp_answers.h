// What the two filters answer to a call, run instruction by instruction, for the tests of them.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "runner/seccomp_stages.h"
#include "support/boost_test.h"
#include "wire/seccomp_table.h"

namespace executor::test {

inline constexpr std::uint64_t kHigh = 1ULL << 32;
inline constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;
inline constexpr std::uint32_t kAbsent = SECCOMP_RET_ERRNO | ENOSYS;

inline SeccompStages compiled(Sockets sockets) {
  auto stages = compile_stages(sockets);
  BOOST_REQUIRE_MESSAGE(stages.has_value(), (stages ? "" : stages.error().text()));
  return *stages;
}

inline const SeccompStages& stages() {
  static const SeccompStages all = compiled(Sockets::kInternetAndUnix);
  return all;
}

inline seccomp_data call(std::uint32_t number, const std::vector<std::uint64_t>& arguments = {},
                         std::uint32_t arch = kArchitecture) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = arch;
  std::copy(arguments.begin(), arguments.end(), data.args);
  return data;
}

inline bool jumps(const sock_filter& step, std::uint32_t accumulator) {
  switch (BPF_OP(step.code)) {
    case BPF_JEQ:
      return accumulator == step.k;
    case BPF_JGT:
      return accumulator > step.k;
    case BPF_JGE:
      return accumulator >= step.k;
    case BPF_JSET:
      return (accumulator & step.k) != 0;
    default:
      throw std::runtime_error("a jump that the interpreter does not know");
  }
}

// Classic BPF, as much of it as libseccomp writes (bpf(2), Documentation/networking/filter.rst).
inline std::uint32_t interpret(const SeccompProgram& steps, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const sock_filter& step = steps[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      default:
        if (BPF_CLASS(step.code) != BPF_JMP) throw std::runtime_error("an unknown instruction");
        at += jumps(step, accumulator) ? step.jt : step.jf;
    }
  }
  throw std::runtime_error("the program has no end");
}

// As the kernel does with two filters (seccomp(2)): both are run, the newer one first; the action
// of higher precedence wins, which is the smaller number, and the first of two equal actions.
inline std::uint32_t answer_of(const SeccompStages& both, const seccomp_data& data) {
  const auto action = [](std::uint32_t value) {
    return static_cast<std::int32_t>(value & SECCOMP_RET_ACTION_FULL);
  };
  const std::uint32_t newer = interpret(both.worker, data);
  const std::uint32_t older = interpret(both.zygote, data);
  return action(older) < action(newer) ? older : newer;
}

inline std::uint32_t answer(const seccomp_data& data) {
  return answer_of(stages(), data);
}

}  // namespace executor::test
