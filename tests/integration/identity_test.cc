// Which users the workers of a real zygote are on the host, seen from outside. As a user who has no
// subordinate ids these tests are skipped.
#include "jail/identity.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "base/process_memory.h"
#include "base/process_stat.h"
#include "execution/attest_sandbox.h"
#include "jail/subordinate_ids.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace executor {
namespace {

using test::await;
namespace ut = boost::unit_test;

constexpr std::uint32_t kFew = 2;

ut::precondition with_subordinate_ids() {
  return ut::precondition(
      [](ut::test_unit_id) { return usable_ids(survey_identity(), 4 * kFew).has_value(); });
}

JailOptions options_with(RunIdentity identity, std::uint32_t ids = kFew) {
  JailOptions options = test::jail_options();
  options.identity = identity;
  options.run_ids = ids;
  return options;
}

Jail start(const JailOptions& options, Tier tier = Tier::kFull) {
  Setup setup;
  setup.tier = tier;
  auto jail = Jail::start(options, setup);
  BOOST_REQUIRE_MESSAGE(jail.has_value(), (jail ? "" : jail.error().text()));
  return std::move(*jail);
}

FromJail next(const Jail& jail) {
  auto message = jail.next();
  BOOST_REQUIRE(message.has_value());
  BOOST_REQUIRE(message->has_value());
  return std::move(**message);
}

// The next message is another worker.
Worker next_worker(const Jail& jail) {
  auto from = next(jail);
  const auto* failed = std::get_if<ZygoteFailed>(&from.message);
  BOOST_REQUIRE_MESSAGE(failed == nullptr, (failed != nullptr ? failed->text : ""));
  const auto* started = std::get_if<WorkerStarted>(&from.message);
  BOOST_REQUIRE(started != nullptr);
  return take_worker(started->id, std::move(from.fds));
}

unsigned owner_of(const Worker& worker) {
  struct stat status {};
  const std::string path = "/proc/" + std::to_string(host_pid(worker));
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_uid;
}

// Its user once it has announced that it is ready.
unsigned user_of(const Worker& worker) {
  BOOST_TEST(await([&worker] {
    pollfd said{worker.job.get(), POLLIN, 0};
    return ::poll(&said, 1, 0) > 0;
  }));
  return owner_of(worker);
}

void end(const Jail& jail, const Worker& worker) {
  kill_worker(worker);
  BOOST_TEST(std::holds_alternative<WorkerExited>(next(jail).message));
}

BOOST_AUTO_TEST_SUITE(identity_test, *with_subordinate_ids())

BOOST_AUTO_TEST_CASE(living_workers_are_users_of_their_own_and_none_is_ours) {
  const auto range = survey_identity().uids;
  for (const Tier tier : {Tier::kFull, Tier::kNamespaces}) {
    const Jail one = start(options_with(RunIdentity::kOwn), tier);
    const Jail other = start(options_with(RunIdentity::kOwn), tier);
    BOOST_TEST(one.identity().is_own());
    std::set<unsigned> users = {::getuid()};
    std::vector<Worker> workers;
    for (const Jail* jail : {&one, &one, &other, &other}) {
      BOOST_TEST(jail->spawn(1).has_value());
      workers.push_back(next_worker(*jail));
      const unsigned user = user_of(workers.back());
      BOOST_TEST(users.insert(user).second, user << " is two workers'");
      BOOST_TEST(range->contains(user));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_id_comes_back_after_its_run_and_not_before) {
  const Jail jail = start(options_with(RunIdentity::kOwn));
  BOOST_TEST(jail.spawn(2).has_value());
  const Worker first = next_worker(jail);
  const Worker second = next_worker(jail);
  const unsigned user = user_of(first);
  BOOST_TEST(jail.spawn(1).has_value());
  const FromJail refused = next(jail);
  const auto* failed = std::get_if<ZygoteFailed>(&refused.message);
  BOOST_REQUIRE(failed != nullptr);
  BOOST_TEST(failed->text == "no user id is free for another worker");
  end(jail, first);
  BOOST_TEST(jail.spawn(1).has_value());
  const Worker third = next_worker(jail);
  BOOST_TEST(user_of(third) == user);
}

BOOST_AUTO_TEST_CASE(what_the_service_needs_of_a_worker_it_can_still_read_and_do) {
  const Jail jail = start(options_with(RunIdentity::kOwn));
  BOOST_TEST(jail.spawn(1).has_value());
  const Worker worker = next_worker(jail);
  BOOST_TEST(user_of(worker) != ::getuid());
  const int pid = host_pid(worker);
  const auto facts = observe(pid, Setup());
  BOOST_REQUIRE_MESSAGE(facts.has_value(), (facts ? "" : facts.error().text()));
  BOOST_TEST(facts->at("identity") == "own");
  BOOST_TEST(facts->at("ns.user") == "own");
  const std::string rollup = "/proc/" + std::to_string(pid) + "/smaps_rollup";
  BOOST_TEST(::access(rollup.c_str(), R_OK) == 0);
  BOOST_TEST(sum_memory(bound_memory({pid}), 1ULL << 40).bytes > 0U);
  BOOST_TEST(::syscall(SYS_pidfd_send_signal, worker.pidfd.get(), 0, nullptr, 0) == 0);
  end(jail, worker);
}

BOOST_AUTO_TEST_CASE(workers_end_with_a_zygote_that_is_killed) {
  Jail jail = start(options_with(RunIdentity::kOwn), Tier::kNamespaces);
  BOOST_TEST(jail.spawn(2).has_value());
  const Worker first = next_worker(jail);
  const Worker second = next_worker(jail);
  BOOST_TEST(user_of(first) != ::getuid());
  jail.kill();
  for (const Worker* worker : {&first, &second}) {
    BOOST_TEST(await([worker] { return host_pid(*worker) < 0; }));
  }
}

BOOST_AUTO_TEST_CASE(runs_that_are_to_share_the_services_id_do) {
  const Jail jail = start(options_with(RunIdentity::kShared));
  BOOST_TEST(!jail.identity().is_own());
  BOOST_TEST(jail.identity().why_shared() == "");
  BOOST_TEST(jail.spawn(1).has_value());
  const Worker worker = next_worker(jail);
  BOOST_TEST(user_of(worker) == ::getuid());
  const auto facts = observe(host_pid(worker), Setup());
  BOOST_REQUIRE(facts.has_value());
  BOOST_TEST(facts->at("identity") == "the service's");
}

BOOST_AUTO_TEST_CASE(without_ids_the_service_says_so_or_refuses_where_they_are_required) {
  constexpr std::uint32_t kTooMany = 4'000'000'000;
  const Jail jail = start(options_with(RunIdentity::kAuto, kTooMany));
  BOOST_TEST(!jail.identity().is_own());
  BOOST_TEST(jail.identity().why_shared().find("fewer than 4000000000 ids") != std::string::npos);
  const auto refused = Jail::start(options_with(RunIdentity::kOwn, kTooMany), Setup());
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().text().starts_with("give each run a user id of its own: /etc/sub"));
}

BOOST_AUTO_TEST_CASE(a_path_that_only_the_service_may_read_is_not_exposed_to_other_users) {
  const test::Scratch scratch;
  const std::string path = scratch.file("secret", "text");
  BOOST_REQUIRE(::chmod(path.c_str(), 0640) == 0);
  Setup setup;
  setup.expose = {path};
  const auto refused = Jail::start(options_with(RunIdentity::kOwn), setup);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().text().find("only its owner may read the exposed path " + path) !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_promise_of_ids_that_is_not_kept_is_noticed) {
  PoolOptions options = test::pool_options();
  options.jail = options_with(RunIdentity::kShared, 64);
  const auto claims_own = [](const Worker& worker, const Setup& setup) {
    Setup promised = setup;
    promised.own_ids = true;
    return attest_sandbox(worker, promised);
  };
  Pool pool(std::move(options), claims_own, [](const std::string&) {});
  pool.start();
  const auto attested = pool.await_attested(Deadline::after(test::kHang));
  BOOST_REQUIRE(!attested.has_value());
  BOOST_TEST(attested.error().text().find("identity is \"the service's\", not \"own\"") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
