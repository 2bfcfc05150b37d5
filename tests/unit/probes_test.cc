// The calls with which the canary tries the filter: each is one that the table refuses, and each
// rule of the table is tried.
#include "jail/probes.h"

#include <sys/syscall.h>

#include <algorithm>
#include <set>

#include "support/boost_test.h"
#include "support/seccomp.h"

namespace executor {
namespace {

seccomp_data data_of(const Probe& probe) {
  seccomp_data data{};
  data.nr = probe.call;
  data.arch = kArchitecture;
  std::copy(probe.arguments.begin(), probe.arguments.end(), data.args);
  return data;
}

BOOST_AUTO_TEST_SUITE(probes_test)

BOOST_AUTO_TEST_CASE(every_probe_is_answered_by_the_filter_and_never_by_the_kernel) {
  for (const Probe& probe : seccomp_probes(Tier::kFull)) {
    const std::uint32_t answer = test::promised(data_of(probe));
    BOOST_TEST(answer == (SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(probe.error)),
               "call " << probe.call);
  }
}

BOOST_AUTO_TEST_CASE(every_call_that_no_rule_names_is_tried) {
  std::set<int> named, tried;
  for (const SeccompGroup& group : seccomp_table()) {
    for (const SeccompRule& rule : group.rules) named.insert(rule.call);
  }
  for (const Probe& probe : seccomp_probes(Tier::kFull)) tried.insert(probe.call);
  for (const int call : {SYS_ptrace, SYS_mount, SYS_bpf, SYS_userfaultfd, SYS_add_key}) {
    BOOST_TEST(tried.contains(call), call);
  }
  for (int call = 0; call < 460; ++call) {
    const bool left_out = call == 335 || call == 336;  // which no filter is asked about
    BOOST_TEST((named.contains(call) || tried.contains(call) || left_out), call);
  }
}

BOOST_AUTO_TEST_CASE(every_call_that_is_judged_by_its_arguments_is_tried) {
  std::set<int> by_argument, always, tried;
  for (const SeccompGroup& group : seccomp_table()) {
    for (const SeccompRule& rule : group.rules) {
      (rule.tests.empty() ? always : by_argument).insert(rule.call);
    }
  }
  for (const Probe& probe : seccomp_probes(Tier::kFull)) tried.insert(probe.call);
  for (const int call : by_argument) {
    // For these two the canary itself knows harmless arguments.
    if (always.contains(call) || call == SYS_close || call == SYS_close_range) continue;
    BOOST_TEST(tried.contains(call), call);
  }
}

BOOST_AUTO_TEST_CASE(a_tier_without_namespaces_is_tried_with_internet_sockets_too) {
  const auto probes = seccomp_probes(Tier::kUid);
  const auto tries = [&probes](int call) {
    return std::any_of(probes.begin(), probes.end(),
                       [call](const Probe& p) { return p.call == call; });
  };
  BOOST_TEST(tries(SYS_socket));
  BOOST_TEST(tries(SYS_fchownat));
}

BOOST_AUTO_TEST_CASE(a_probe_is_a_line_that_leaves_out_what_is_minus_one) {
  Probe probe{.call = 16, .error = 1, .arguments = {}};
  probe.arguments.fill(~0ULL);
  BOOST_TEST(to_text({probe}) == "16 1\n");
  probe.arguments[1] = 0x5412;
  probe.arguments[4] = ~0ULL - 1;
  BOOST_TEST(to_text({probe, probe}) == "16 1 1 21522 4 -2\n16 1 1 21522 4 -2\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
