#include "runner/seccomp_stages.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace executor {
namespace {

using Table = std::vector<SeccompGroup>;

constexpr int kLandlockCreateRuleset = 444;
constexpr int kLandlockAddRule = 445;
constexpr int kLandlockRestrictSelf = 446;

// What zygotes and the confinement of workers call and the table forbids, in full or with some
// arguments. A call that is missing here fails where it is made: no worker becomes ready.
constexpr auto kOpen = [] {
  std::array calls = {int{SYS_clone},
                      SYS_clone3,
                      SYS_unshare,
                      SYS_setns,
                      SYS_mount,
                      SYS_umount2,
                      SYS_setsid,
                      SYS_prctl,
                      SYS_capset,
                      SYS_seccomp,
                      SYS_dup3,
                      SYS_ioctl,
                      SYS_setrlimit,
                      SYS_close_range,
                      SYS_setgroups,
                      SYS_setresgid,
                      SYS_setresuid,
                      SYS_setfsgid,
                      SYS_setfsuid,
                      SYS_prlimit64,
#ifdef __x86_64__
                      SYS_chown,
                      SYS_lchown,
#endif
                      SYS_fchown,
                      SYS_fchownat,
                      kLandlockCreateRuleset,
                      kLandlockAddRule,
                      kLandlockRestrictSelf};
  std::sort(calls.begin(), calls.end());
  return calls;
}();

bool is_open(int call) {
  return std::binary_search(kOpen.begin(), kOpen.end(), call);
}

Table first_stage(Table table) {
  for (SeccompGroup& group : table) {
    std::erase_if(group.rules, [](const SeccompRule& rule) { return is_open(rule.call); });
  }
  SeccompGroup open{"judged by the second stage", SeccompAnswer::kAllow, {}};
  for (const int call : kOpen) open.rules.push_back({call, {}});
  table.push_back(std::move(open));
  return table;
}

// Writes the second stage, in classic BPF (Documentation/networking/filter.rst). Not by libseccomp,
// which compares for difference bit by bit.
class SecondStage {
 public:
  explicit SecondStage(const Table& table) : table_(table) {}

  Result<SeccompProgram> write() {
    // Calls of another architecture have other numbers, and the first stage refuses them all.
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    find(kOpen);
    if (!writable_) return failure("write the second seccomp filter: a rule that it cannot say");
    return std::move(steps_);
  }

 private:
  void add(unsigned code, std::uint32_t value, std::uint8_t if_true = 0, std::uint8_t if_not = 0) {
    steps_.push_back({static_cast<std::uint16_t>(code), if_true, if_not, value});
  }

  // Halves the calls until one is left: every call of a script passes through here. The kernel
  // keeps the answer for calls that are allowed by their number alone.
  void find(std::span<const int> calls) {
    if (calls.size() == 1) return judge(calls.front());
    const std::size_t half = calls.size() / 2;
    add(BPF_JMP | BPF_JGE | BPF_K, static_cast<std::uint32_t>(calls[half]), 0, 1);
    const std::size_t jump = steps_.size();
    add(BPF_JMP | BPF_JA, 0);
    find(calls.first(half));
    steps_[jump].k = static_cast<std::uint32_t>(steps_.size() - jump - 1);
    find(calls.subspan(half));
  }

  // As the table does: the first rule of which all tests hold, or else EPERM.
  void judge(int call) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 1, 0);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    for (const SeccompGroup& group : table_) {
      for (const SeccompRule& rule : group.rules) {
        if (rule.call == call) add_rule(rule, return_value(group.answer));
      }
    }
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  }

  void add_rule(const SeccompRule& rule, std::uint32_t answer) {
    failing_.clear();
    for (const ArgumentTest& test : rule.tests) add_test(test);
    add(BPF_RET | BPF_K, answer);
    for (const auto& [step, when_equal] : failing_) {
      const std::size_t distance = steps_.size() - step - 1;
      writable_ &= distance <= 0xff;
      auto& target = when_equal ? steps_[step].jt : steps_[step].jf;
      target = static_cast<std::uint8_t>(distance);
    }
  }

  // Compares the 32-bit halves one after the other. A test for inequality may look at only one
  // half: a difference in either half would satisfy it, which two consecutive tests cannot express.
  void add_test(const ArgumentTest& test) {
    const auto low = static_cast<std::uint32_t>(test.mask);
    const auto high = static_cast<std::uint32_t>(test.mask >> 32U);
    writable_ &= test.equal || low == 0 || high == 0;
    const auto offset = static_cast<std::uint32_t>(offsetof(seccomp_data, args) +
                                                   test.index * sizeof(std::uint64_t));
    if (low != 0) add_half(offset, low, static_cast<std::uint32_t>(test.value), test.equal);
    if (high != 0) {
      add_half(offset + 4, high, static_cast<std::uint32_t>(test.value >> 32U), test.equal);
    }
  }

  void add_half(std::uint32_t offset, std::uint32_t mask, std::uint32_t value, bool equal) {
    add(BPF_LD | BPF_W | BPF_ABS, offset);
    if (mask != ~0U) add(BPF_ALU | BPF_AND | BPF_K, mask);
    failing_.push_back({steps_.size(), !equal});
    add(BPF_JMP | BPF_JEQ | BPF_K, value & mask);
  }

  static std::uint32_t return_value(SeccompAnswer answer) {
    switch (answer) {
      case SeccompAnswer::kAllow:
        return SECCOMP_RET_ALLOW;
      case SeccompAnswer::kAbsent:
        return SECCOMP_RET_ERRNO | ENOSYS;
      case SeccompAnswer::kPretend:
        return SECCOMP_RET_ERRNO;
    }
    return SECCOMP_RET_KILL_PROCESS;
  }

  struct Failing {
    std::size_t step;
    bool when_equal;
  };

  const Table& table_;
  SeccompProgram steps_;
  std::vector<Failing> failing_;  // steps from which the rule that is written is left
  bool writable_ = true;
};

}  // namespace

Result<SeccompStages> compile_stages(Sockets sockets) {
  const Table table = seccomp_table(sockets);
  auto first = compile_seccomp(first_stage(table));
  if (!first) return first.error();
  auto second = SecondStage(table).write();
  if (!second) return second.error();
  return SeccompStages{std::move(*first), std::move(*second)};
}

}  // namespace executor
