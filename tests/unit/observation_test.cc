// What is seen of a worker from outside (src/jail/observation.cc), with a family of processes in
// its place.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

#include "base/fd.h"
#include "jail/attestation.h"
#include "support/boost_test.h"
#include "unit/sound_facts.h"

namespace executor {
namespace {

using test::first_word;
using test::inside;

// Waits until `parent`, which made this process, ends; it may have ended already.
[[noreturn]] void wait_for_the_end_of(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  for (;;) ::pause();
}

// What each part of a family does first, in a process of its own: a child of the test's, and two
// children of that one, after which it does one thing more.
struct Plan {
  int zygote = 0;        // unshare(2)
  bool workers = false;  // whether it has children
  int later = 0;         // unshare(2), after they were made
};

class Family {
 public:
  explicit Family(const Plan& plan) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const UniqueFd reading(ends[0]), writing(ends[1]);
    const pid_t test = ::getpid();
    zygote = ::fork();
    if (zygote == 0) live(plan, test, writing.get());
    BOOST_REQUIRE(::read(reading.get(), &worker, sizeof worker) == sizeof worker);
    BOOST_REQUIRE_MESSAGE(worker >= 0, "namespaces cannot be made");
  }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;
  ~Family() {
    ::kill(zygote, SIGKILL);
    ::waitpid(zygote, nullptr, 0);
  }

  pid_t zygote = -1;
  pid_t worker = -1;  // 0 without any

 private:
  [[noreturn]] static void live(const Plan& plan, pid_t test, int writing) {
    const pid_t self = ::getpid();
    bool done = ::unshare(plan.zygote) == 0;
    std::array<pid_t, 2> workers{};
    for (pid_t& one : workers) {
      if (plan.workers) one = ::fork();
      if (plan.workers && one == 0) wait_for_the_end_of(self);
    }
    done = done && ::unshare(plan.later) == 0;
    const pid_t told = done ? workers[0] : -1;
    (void)!::write(writing, &told, sizeof told);
    wait_for_the_end_of(test);
  }
};

BOOST_AUTO_TEST_SUITE(observation_test)

// The test is the zygote of its children.
BOOST_AUTO_TEST_CASE(a_process_without_a_jail_is_seen_to_share_every_namespace) {
  const Family family({});
  const auto facts = observe(family.zygote, Setup());
  BOOST_REQUIRE(facts.has_value());
  const auto missing = missing_facts(Setup(), inside(), *facts);
  std::vector<std::string> names;
  std::transform(missing.begin(), missing.end(), std::back_inserter(names), first_word);
  for (const std::string name :
       {"ns.user", "ns.pid", "ns.mnt", "ns.net", "ns.ipc", "ns.uts", "ns.cgroup", "sandbox.seccomp",
        "sandbox.pid", "jail.seccomp", "jail.pid"}) {
    BOOST_TEST((std::find(names.begin(), names.end(), name) != names.end()), name << " is there");
  }
}

BOOST_AUTO_TEST_CASE(an_own_namespace_is_distinguished_from_a_shared_one) {
  const Family family({.zygote = CLONE_NEWUSER | CLONE_NEWNET});
  const auto facts = observe(family.zygote, Setup());
  BOOST_REQUIRE_MESSAGE(facts.has_value(), (facts ? "" : facts.error().text()));
  BOOST_TEST(facts->at("ns.user") == "own");
  BOOST_TEST(facts->at("ns.net") == "own");
  BOOST_TEST(facts->at("ns.uts") == "shared");
}

BOOST_AUTO_TEST_CASE(a_namespace_shared_with_the_zygote_or_a_worker_is_not_own) {
  const Family family(
      {.zygote = CLONE_NEWUSER | CLONE_NEWNET, .workers = true, .later = CLONE_NEWNET});
  const auto facts = observe(family.worker, Setup());
  BOOST_REQUIRE_MESSAGE(facts.has_value(), (facts ? "" : facts.error().text()));
  BOOST_TEST(facts->at("ns.user") == "the zygote's");
  BOOST_TEST(facts->at("ns.net") == "another worker's");
  BOOST_TEST(facts->at("ns.uts") == "shared");
}

BOOST_AUTO_TEST_CASE(what_the_zygote_maps_is_observed) {
  const Family family({});
  const auto facts = observe(family.zygote, Setup());
  BOOST_REQUIRE(facts.has_value());
  BOOST_TEST(std::stoull(facts->at("zygote.data")) > 0U);
  BOOST_TEST(std::stoull(facts->at("zygote.address_space")) >
             std::stoull(facts->at("zygote.data")));
}

BOOST_AUTO_TEST_CASE(a_process_that_is_gone_cannot_be_observed) {
  constexpr int kNoSuchProcess = 1 << 29;
  BOOST_TEST(!observe(kNoSuchProcess, Setup()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
