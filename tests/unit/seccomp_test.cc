// The two filters against the table that they were made from and against one filter of the whole
// table: every number, architecture and edge of an argument. What the kernel makes of the filters
// is for the integration tests.
#include "runner/seccomp_stages.h"

#include <linux/audit.h>
#include <sys/syscall.h>

#include <array>
#include <functional>
#include <set>
#include <vector>

#include "support/boost_test.h"
#include "support/seccomp.h"
#include "unit/seccomp_answers.h"
#include "wire/seccomp_table.h"

namespace executor {
namespace {

using test::answer;
using test::answer_of;
using test::call;
using test::compiled;
using test::interpret;
using test::kAbsent;
using test::kRefused;
using test::promised;
using test::stages;

// Past the last call of any kernel, and past the old x32 numbers.
constexpr std::uint32_t kNumbers = 2048;
constexpr std::uint32_t kX32 = 0x40000000;

// What the table says of one call.
using Table = std::vector<SeccompGroup>;

Table rules_of(const Table& table, int number) {
  Table found;
  for (const SeccompGroup& group : table) {
    found.push_back({group.purpose, group.answer, {}});
    for (const SeccompRule& rule : group.rules) {
      if (rule.call == number) found.back().rules.push_back(rule);
    }
  }
  return found;
}

// The values of argument `index` that these rules name, and with `near` all at which they could
// change their mind.
std::set<std::uint32_t> values_of(const Table& rules, unsigned index, bool near) {
  std::set<std::uint32_t> values = {0, ~0U};
  for (const SeccompGroup& group : rules) {
    for (const SeccompRule& rule : group.rules) {
      for (const ArgumentTest& test : rule.tests) {
        if (test.index != index) continue;
        const auto value = static_cast<std::uint32_t>(test.value);
        const auto mask = static_cast<std::uint32_t>(test.mask);
        values.insert(value);
        if (near) values.insert({value - 1, value + 1, mask, ~mask});
        for (unsigned bit = 0; near && bit < 32; ++bit) values.insert(value ^ (1U << bit));
      }
    }
  }
  return values;
}

std::set<unsigned> tested_arguments(const Table& rules) {
  std::set<unsigned> found;
  for (const SeccompGroup& group : rules) {
    for (const SeccompRule& rule : group.rules) {
      for (const ArgumentTest& test : rule.tests) found.insert(test.index);
    }
  }
  return found;
}

// Compares what filters answer with what a table promises, and counts how often it has.
class Comparison {
 public:
  using Answer = std::function<std::uint32_t(const seccomp_data&)>;

  Comparison(const Table& table, Answer answer) : table_(table), answer_(std::move(answer)) {}

  // For every number, and for every edge of the arguments that its rules look at. Of more than two
  // arguments one at a time goes along its edges, the others through the values that are named.
  int compare() {
    for (std::uint32_t number = 0; number < kNumbers; ++number) {
      rules_ = rules_of(table_, static_cast<int>(number));
      const auto tested = tested_arguments(rules_);
      for (const std::uint64_t filler : {0ULL, ~0ULL}) {
        seccomp_data data = call(number, std::vector<std::uint64_t>(6, filler));
        if (tested.size() <= 2) {
          compare(data, tested, tested);
        } else {
          for (const unsigned index : tested) compare(data, tested, {index});
        }
      }
    }
    return compared_;
  }

 private:
  // With nothing, one bit and all bits in the high half of each argument.
  void compare(seccomp_data& data, std::set<unsigned> arguments, const std::set<unsigned>& near) {
    if (arguments.empty()) return compare_one(data);
    const unsigned index = arguments.extract(arguments.begin()).value();
    for (const std::uint32_t value : values_of(rules_, index, near.count(index) != 0)) {
      for (const std::uint64_t high : {0ULL, 1ULL, 0xffffffffULL}) {
        data.args[index] = high << 32 | value;
        compare(data, arguments, near);
      }
    }
  }

  void compare_one(const seccomp_data& data) {
    ++compared_;
    const std::uint32_t found = answer_(data);
    const std::uint32_t right = promised(data, rules_);
    if (found == right) return;
    BOOST_ERROR("call " << data.nr << "(" << data.args[0] << ", " << data.args[1] << ", "
                        << data.args[2] << ", " << data.args[3] << "): " << std::hex << found
                        << ", not " << right);
  }

  const Table& table_;
  Answer answer_;
  Table rules_;
  int compared_ = 0;
};

constexpr std::array kAllSockets = {Sockets::kInternetAndUnix, Sockets::kUnix, Sockets::kUnixPairs};

BOOST_AUTO_TEST_SUITE(seccomp_test)

BOOST_AUTO_TEST_CASE(both_filters_together_answer_as_the_table_says_for_every_number_and_edge) {
  for (const Sockets sockets : kAllSockets) {
    const SeccompStages both = compiled(sockets);
    const Table table = seccomp_table(sockets);
    const auto whole = compile_seccomp(table);
    BOOST_REQUIRE(whole.has_value());
    int differences = 0;
    Comparison comparison(table, [&](const seccomp_data& data) {
      const std::uint32_t found = answer_of(both, data);
      differences += found == interpret(*whole, data) ? 0 : 1;
      return found;
    });
    BOOST_TEST(comparison.compare() > 50'000);
    BOOST_TEST(differences == 0, "from one filter of the whole table");
  }
}

// What the second filter is for: the first alone leaves these open.
BOOST_AUTO_TEST_CASE(the_first_filter_alone_is_open_to_confinement_and_refuses_the_rest) {
  for (const Sockets sockets : kAllSockets) {
    const SeccompProgram first = compiled(sockets).zygote;
    for (const std::uint32_t number : {SYS_mount, SYS_umount2, SYS_setns, SYS_unshare, SYS_capset,
                                       SYS_seccomp, SYS_prctl, SYS_setsid, SYS_clone3}) {
      BOOST_TEST(interpret(first, call(number)) == SECCOMP_RET_ALLOW, number);
    }
    for (const std::uint32_t number :
         {SYS_ptrace, SYS_bpf, SYS_chroot, SYS_pivot_root, SYS_keyctl, SYS_setuid, SYS_init_module,
          SYS_perf_event_open, SYS_process_vm_writev, SYS_kexec_load}) {
      BOOST_TEST(interpret(first, call(number)) == kRefused, number);
    }
  }
}

// It is installed for each worker, and that is what it costs.
BOOST_AUTO_TEST_CASE(the_second_filter_is_small) {
  BOOST_TEST_MESSAGE(stages().zygote.size()
                     << " and " << stages().worker.size() << " instructions");
  BOOST_TEST(stages().worker.size() * 4 < stages().zygote.size());
}

BOOST_AUTO_TEST_CASE(numbers_that_are_no_calls_are_refused) {
  for (const std::uint32_t number : {10'000U, 0x10000U, 0x3fffffffU, ~0U}) {
    BOOST_TEST(answer(call(number)) == kRefused, number);
  }
}

#ifdef __x86_64__
BOOST_AUTO_TEST_CASE(every_call_of_the_x32_entry_is_absent) {
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    BOOST_TEST_REQUIRE(answer(call(kX32 | number)) == kAbsent, number);
  }
  for (const std::uint32_t number : {0x7fffffffU, 0x80000000U, 0xfffffffeU}) {
    BOOST_TEST(answer(call(number)) == kAbsent, number);
  }
}
#endif

BOOST_AUTO_TEST_CASE(every_call_of_another_architecture_is_absent) {
  for (const std::uint32_t arch :
       {std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{AUDIT_ARCH_ARM},
        kArchitecture ^ AUDIT_ARCH_X86_64 ^ AUDIT_ARCH_AARCH64, 0U, ~0U}) {
    for (std::uint32_t number = 0; number < kNumbers; ++number) {
      BOOST_TEST_REQUIRE(answer(call(number, {}, arch)) == kAbsent, number);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_answer_kills) {
  for (const SeccompProgram* program : {&stages().zygote, &stages().worker}) {
    for (const sock_filter& step : *program) {
      if (BPF_CLASS(step.code) != BPF_RET) continue;
      const std::uint32_t action = step.k & SECCOMP_RET_ACTION_FULL;
      BOOST_TEST((action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_ERRNO), step.k);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rule_names_its_call_once_unless_it_tests_arguments) {
  std::set<int> whole;
  std::set<int> partly;
  for (const SeccompGroup& group : seccomp_table()) {
    for (const SeccompRule& rule : group.rules) {
      if (rule.tests.empty()) {
        BOOST_TEST(whole.insert(rule.call).second, "call " << rule.call << " is listed twice");
      } else {
        partly.insert(rule.call);
      }
    }
  }
  for (const int number : partly) BOOST_TEST(whole.count(number) == 0U, number);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
