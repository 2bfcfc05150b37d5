#include "jail/probes.h"

#include <sys/syscall.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <map>
#include <optional>
#include <set>

#include "wire/seccomp_table.h"

namespace executor {
namespace {

// Above every call of existing kernels. A number that is not a call answers ENOSYS without a
// filter, and EPERM with one.
constexpr int kLastCall = 479;
constexpr std::uint64_t kOnes = ~0ULL;
using Arguments = std::array<std::uint64_t, 6>;
using RulesOfCall = std::map<int, std::vector<const SeccompRule*>>;

// uretprobe and uprobe, which the kernel asks no filter about; and close, which, were it allowed on
// the job socket, would end the attestation before its report.
constexpr bool is_left_out(int call) {
  return call == 335 || call == 336 || call == SYS_close;
}

int error_of(SeccompAnswer answer) {
  switch (answer) {
    case SeccompAnswer::kAllow:
    case SeccompAnswer::kPretend:
      return 0;
    case SeccompAnswer::kAbsent:
      return ENOSYS;
  }
  return EPERM;
}

bool holds(const SeccompRule& rule, const Arguments& arguments) {
  return std::all_of(rule.tests.begin(), rule.tests.end(), [&arguments](const ArgumentTest& test) {
    return test.holds(arguments[test.index]);
  });
}

std::uint64_t lowest_bit(std::uint64_t mask) {
  return mask & (~mask + 1);
}

std::uint64_t highest_bit(std::uint64_t mask) {
  return std::bit_floor(mask);
}

// An argument for which the test holds. Bits that it does not look at are ones: so are the upper
// halves of numbers, which neither the kernel nor the filter may look at.
std::uint64_t satisfying(const ArgumentTest& test) {
  const std::uint64_t free = kOnes & ~std::uint64_t{test.mask};
  if (test.equal) return free | test.value;
  return free | ((test.value ^ lowest_bit(test.mask)) & test.mask);
}

// Arguments for which it does not. For a test of one number, `widely`: small numbers as well, as
// commands and options are small numbers.
std::vector<std::uint64_t> breaking(const ArgumentTest& test, bool widely) {
  constexpr std::uint64_t kSmall = 64;
  const std::uint64_t free = kOnes & ~std::uint64_t{test.mask};
  if (!test.equal) return {free | test.value};
  std::vector<std::uint64_t> values;
  for (const std::uint64_t bit : {lowest_bit(test.mask), highest_bit(test.mask)}) {
    values.push_back(free | ((test.value ^ bit) & test.mask));
  }
  if (!widely || (~test.mask & (kSmall - 1)) != 0) return values;
  for (std::uint64_t value = 0; value < kSmall; ++value) {
    if (value != test.value) values.push_back(free | value);
  }
  return values;
}

RulesOfCall rules_of(const std::vector<SeccompGroup>& table) {
  RulesOfCall rules;
  for (const SeccompGroup& group : table) {
    for (const SeccompRule& rule : group.rules) rules[rule.call].push_back(&rule);
  }
  return rules;
}

// Every way of breaking one test of one rule with which no other rule of the call holds.
void add_refused(int call, const std::vector<const SeccompRule*>& rules,
                 std::vector<Probe>& probes) {
  std::set<Arguments> tried;
  for (const SeccompRule* rule : rules) {
    for (std::size_t broken = 0; broken < rule->tests.size(); ++broken) {
      Arguments arguments;
      arguments.fill(kOnes);
      for (const ArgumentTest& test : rule->tests) arguments[test.index] = satisfying(test);
      const ArgumentTest& test = rule->tests[broken];
      for (const std::uint64_t value : breaking(test, broken + 1 == rule->tests.size())) {
        arguments[test.index] = value;
        const bool allowed =
            std::any_of(rules.begin(), rules.end(),
                        [&arguments](const auto* other) { return holds(*other, arguments); });
        if (!allowed && tried.insert(arguments).second) probes.push_back({call, EPERM, arguments});
      }
    }
  }
}

// Without namespaces what is refused with any version of Landlock (runner/uid_slots.cc).
Sockets sockets_of(Tier tier) {
  return traits_of(tier).namespaces ? Sockets::kInternetAndUnix : Sockets::kUnix;
}

}  // namespace

std::vector<Probe> seccomp_probes(Tier tier) {
  const auto table = seccomp_table(sockets_of(tier));
  const RulesOfCall rules = rules_of(table);
  Arguments ones;
  ones.fill(kOnes);
  std::vector<Probe> probes;
  for (int call = 0; call <= kLastCall; ++call) {
    if (is_left_out(call)) continue;
    const auto named = rules.find(call);
    if (named == rules.end()) {
      probes.push_back({call, EPERM, ones});
    } else {
      add_refused(call, named->second, probes);
    }
  }
  for (const SeccompGroup& group : table) {
    if (group.answer == SeccompAnswer::kAllow) continue;
    for (const SeccompRule& rule : group.rules) {
      if (rule.tests.empty()) probes.push_back({rule.call, error_of(group.answer), ones});
    }
  }
  return probes;
}

std::string to_text(const std::vector<Probe>& probes) {
  std::string text;
  for (const Probe& probe : probes) {
    text += std::to_string(probe.call) + " " + std::to_string(probe.error);
    for (std::size_t i = 0; i < probe.arguments.size(); ++i) {
      const auto value = static_cast<std::int64_t>(probe.arguments[i]);
      if (value != -1) text += " " + std::to_string(i) + " " + std::to_string(value);
    }
    text += "\n";
  }
  return text;
}

}  // namespace executor
