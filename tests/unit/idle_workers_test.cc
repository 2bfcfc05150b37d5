#include "execution/idle_workers.h"

#include <map>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "wire/job.h"

namespace executor {
namespace {

// More looks than any worker may need.
constexpr int kManyLooks = 100;

// IdleWorkers whose other ends the test has.
struct Fixture {
  void add(std::uint64_t id) {
    auto job = packet_socketpair();
    BOOST_REQUIRE(job.has_value());
    Worker worker;
    worker.id = id;
    worker.job = std::move(job->first);
    ends[id] = std::move(job->second);
    idle.add(std::move(worker));
  }
  void announce(std::uint64_t id, const std::string& failure = {}) {
    const std::string packet = encode(Announcement{.warm = failure.empty(), .failure = failure});
    BOOST_TEST(send_packet(ends[id].get(), packet).has_value());
  }
  std::uint64_t take() {
    const auto worker = idle.take();
    return worker ? worker->id : 0;
  }

  IdleWorkers idle;
  std::map<std::uint64_t, UniqueFd> ends;
};

BOOST_FIXTURE_TEST_SUITE(spares_test, Fixture)

BOOST_AUTO_TEST_CASE(one_that_never_becomes_ready_is_dropped_and_counts_as_unusable) {
  add(1);
  BOOST_TEST(idle.any_pending());
  int unusable = 0;
  std::vector<std::string> texts;
  for (int i = 0; i < kManyLooks; ++i) {
    const auto changes = idle.expire_silent();
    unusable += changes.unusable;
    texts.insert(texts.end(), changes.texts.begin(), changes.texts.end());
  }
  BOOST_TEST(idle.size() == 0U);
  BOOST_TEST(unusable == 1);
  BOOST_TEST((texts == std::vector<std::string>{"a worker did not become ready in time"}));
  BOOST_TEST(!idle.any_pending());
}

BOOST_AUTO_TEST_CASE(one_look_drops_no_worker_and_a_ready_one_may_be_silent) {
  add(1);
  BOOST_TEST(!idle.expire_silent().fewer);
  announce(1);
  BOOST_TEST(idle.expire_silent().sealed);
  BOOST_TEST(!idle.any_pending());
  for (int i = 0; i < kManyLooks; ++i) BOOST_TEST(!idle.expire_silent().fewer);
  BOOST_TEST(take() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_come_back_from_its_warm_up_is_dropped_but_not_unusable) {
  add(1);
  announce(1);
  (void)idle.poll_announcements();
  idle.warm_up_one();
  BOOST_TEST(idle.any_pending());
  int unusable = 0;
  bool fewer = false;
  for (int i = 0; i < kManyLooks; ++i) {
    const auto changes = idle.expire_silent();
    unusable += changes.unusable;
    fewer |= changes.fewer;
  }
  BOOST_TEST(fewer);
  BOOST_TEST(unusable == 0);
  BOOST_TEST(idle.size() == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_sealed_or_ends_is_dropped_and_it_is_said_why) {
  add(1);
  add(2);
  announce(1, "set a resource limit");
  ends.erase(2);
  const auto changes = idle.poll_announcements();
  BOOST_TEST(changes.fewer);
  BOOST_TEST(changes.unusable == 2);
  BOOST_TEST((changes.texts ==
              std::vector<std::string>{"a worker could not be sealed: set a resource limit"}));
  BOOST_TEST(idle.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_no_announcement_drops_it) {
  add(1);
  BOOST_TEST(send_packet(ends[1].get(), "garbage").has_value());
  BOOST_TEST(idle.poll_announcements().unusable == 1);
  BOOST_TEST(idle.size() == 0U);
}

BOOST_AUTO_TEST_CASE(the_warmest_is_taken_first_and_of_those_the_newest) {
  for (const std::uint64_t id : {1, 2, 3, 4, 5}) add(id);
  for (const std::uint64_t id : {2, 3, 4}) announce(id);
  (void)idle.poll_announcements();
  idle.warm_up_one();  // the newest that is ready
  announce(4);
  (void)idle.poll_announcements();
  BOOST_TEST(!idle.all_hot());
  std::vector<std::uint64_t> order;
  while (const std::uint64_t id = take()) order.push_back(id);
  BOOST_TEST((order == std::vector<std::uint64_t>{4, 3, 2, 1, 5}));
  BOOST_TEST(idle.all_hot());  // no worker is left to be warmed
}

BOOST_AUTO_TEST_CASE(removing_an_exited_worker_reports_whether_it_was_sealed) {
  add(1);
  add(2);
  announce(1);
  (void)idle.poll_announcements();
  BOOST_TEST(idle.remove(1).value_or(false));
  BOOST_TEST(!idle.remove(2).value_or(true));
  BOOST_TEST(!idle.remove(3).has_value());
  BOOST_TEST(idle.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
