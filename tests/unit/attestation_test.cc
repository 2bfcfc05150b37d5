#include "jail/attestation.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

// What a canary in the full tier has printed.
const std::string& canary_output() {
  static const std::string output =
      "uid\t1000 1000 1000\ngid\t1000 1000 1000\npid\t1\nno_new_privs\t1\nseccomp\t2\n"
      "capabilities\t0\nbounding_set\t0\ndescriptors\t0 1 2 1000\n"
      "root\tbin dev etc home lib lib64 mnt proc tmp "
      "usr\nproc\t\nhome\t\ncgroups\t\nhome.write\tdone\ntmp.write\tdone\nwritable\t/dev/shm\n"
      "families\t2 10\ninterfaces\tlo\n"
      "connect.ipv4\tENETUNREACH\nconnect.ipv6\tENETUNREACH\n"
      "write./\tEROFS\nwrite./usr/bin\tEROFS\nwrite./usr/lib\tEROFS\nwrite./etc\tEROFS\n"
      "write./dev\tEROFS\nwrite./home\tEROFS\nwrite./mnt\tEROFS\nwrite./proc\tEROFS\n"
      "socket.netlink\tEPERM\nsocket.packet\tEPERM\nsocket.raw\tEPERM\n"
      "act.mount\tEPERM\nact.pivot_root\tEPERM\nact.chroot\tEPERM\nact.unshare\tEPERM\n"
      "act.setns\tEPERM\nact.clone_newuser\tEPERM\nact.ptrace\tEPERM\n"
      "act.process_vm_readv\tEPERM\nact.bpf\tEPERM\nact.perf_event_open\tEPERM\n"
      "act.keyctl\tEPERM\nact.io_uring_setup\tEPERM\nact.open_by_handle_at\tEPERM\n"
      "act.memfd_create\tEPERM\nact.shmget\tEPERM\n";
  return output;
}

Facts inside() {
  return parse_facts(canary_output());
}

Facts outside() {
  const std::string none = "0000000000000000";
  return {{"ns.user", "own"},         {"ns.pid", "own"},          {"ns.mnt", "own"},
          {"ns.net", "own"},          {"ns.ipc", "own"},          {"ns.uts", "own"},
          {"ns.cgroup", "own"},       {"status.CapInh", none},    {"status.CapPrm", none},
          {"status.CapEff", none},    {"status.CapBnd", none},    {"status.CapAmb", none},
          {"status.NoNewPrivs", "1"}, {"sandbox.seccomp", "own"}, {"sandbox.pid", "own"},
          {"jail.seccomp", "own"},    {"jail.pid", "own"}};
}

std::string first_word(const std::string& text) {
  return text.substr(0, text.find(' '));
}

BOOST_AUTO_TEST_SUITE(attestation_test)

BOOST_AUTO_TEST_CASE(a_sandbox_of_which_every_fact_is_fine_misses_nothing) {
  const auto missing = missing_facts(Tier::kFull, inside(), outside());
  BOOST_TEST_CONTEXT(missing.size()
                     << " missing, first: " << (missing.empty() ? "" : missing.front())) {
    BOOST_TEST(missing.empty());
  }
}

BOOST_AUTO_TEST_CASE(each_fact_that_is_missing_is_named_and_it_alone) {
  for (const auto& [name, value] : inside()) {
    Facts facts = inside();
    facts.erase(name);
    const auto missing = missing_facts(Tier::kFull, facts, outside());
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is unknown, not \"" + value + "\"");
  }
  for (const auto& [name, value] : outside()) {
    Facts facts = outside();
    facts.erase(name);
    const auto missing = missing_facts(Tier::kFull, inside(), facts);
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is unknown, not \"" + value + "\"");
  }
}

BOOST_AUTO_TEST_CASE(each_fact_that_is_different_is_named_and_it_alone) {
  for (const auto& [name, value] : inside()) {
    for (const std::string& changed : {value + " ", value + "0", std::string("else")}) {
      Facts facts = inside();
      facts[name] = changed;
      const auto missing = missing_facts(Tier::kFull, facts, outside());
      BOOST_REQUIRE(missing.size() == 1U);
      BOOST_TEST(missing[0] == name + " is \"" + changed + "\", not \"" + value + "\"");
    }
  }
  for (const auto& [name, value] : outside()) {
    Facts facts = outside();
    facts[name] = "shared";
    const auto missing = missing_facts(Tier::kFull, inside(), facts);
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is \"shared\", not \"" + value + "\"");
  }
}

BOOST_AUTO_TEST_CASE(no_facts_at_all_miss_every_promise) {
  BOOST_TEST(missing_facts(Tier::kFull, {}, {}).size() == inside().size() + outside().size());
}

BOOST_AUTO_TEST_CASE(what_is_seen_from_outside_cannot_be_claimed_from_inside) {
  Facts claimed = inside();
  claimed.merge(outside());
  Facts seen = outside();
  seen["ns.net"] = "shared";
  const auto missing = missing_facts(Tier::kFull, claimed, seen);
  BOOST_REQUIRE(missing.size() == 1U);
  BOOST_TEST(first_word(missing[0]) == "ns.net");
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_facts_are_ignored) {
  const Facts facts = parse_facts("hello\n\nuid\t0\n \nno tab here\nvalue\twith\ttabs\nproc\t");
  BOOST_TEST((facts == Facts{{"uid", "0"}, {"value", "with\ttabs"}, {"proc", ""}}));
  BOOST_TEST(parse_facts("").empty());
}

BOOST_AUTO_TEST_CASE(facts_that_nobody_asked_for_change_nothing) {
  const Facts more = parse_facts("noise\n" + canary_output() + "unknown\tfact\n");
  BOOST_TEST(missing_facts(Tier::kFull, more, outside()).empty());
}

BOOST_AUTO_TEST_CASE(the_canary_tells_every_fact_that_is_judged) {
  const std::string script(canary_script());
  for (const auto& [name, value] : inside()) {
    const bool written = name.starts_with("write.");
    const std::string call = written ? "\"" + name.substr(6) + "\"" : "fact(\"" + name + "\"";
    BOOST_TEST(script.find(call) != std::string::npos, "the canary does not tell " << name);
  }
}

// The test's own process shares everything with itself.
BOOST_AUTO_TEST_CASE(a_process_without_a_jail_is_seen_to_share_every_namespace) {
  const auto facts = observe(::getpid(), Setup());
  BOOST_REQUIRE(facts.has_value());
  const auto missing = missing_facts(Tier::kFull, inside(), *facts);
  std::vector<std::string> names;
  std::transform(missing.begin(), missing.end(), std::back_inserter(names), first_word);
  for (const std::string name :
       {"ns.user", "ns.pid", "ns.mnt", "ns.net", "ns.ipc", "ns.uts", "ns.cgroup", "sandbox.seccomp",
        "sandbox.pid", "jail.seccomp", "jail.pid"}) {
    BOOST_TEST((std::find(names.begin(), names.end(), name) != names.end()), name << " is there");
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_is_gone_cannot_be_observed) {
  constexpr int kNoSuchProcess = 1 << 29;
  BOOST_TEST(!observe(kNoSuchProcess, Setup()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
