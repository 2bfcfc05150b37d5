#include "execution/spares.h"

#include <map>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "wire/job.h"

namespace executor {
namespace {

// More looks than anybody may need.
constexpr int kManyLooks = 100;

// Spares whose other ends the test has.
struct Fixture {
  void add(std::uint64_t id) {
    auto job = packet_socketpair();
    BOOST_REQUIRE(job.has_value());
    Worker worker;
    worker.id = id;
    worker.job = std::move(job->first);
    ends[id] = std::move(job->second);
    spares.add(std::move(worker));
  }
  void announce(std::uint64_t id, const std::string& failure = {}) {
    const std::string packet = encode(Announcement{.warm = failure.empty(), .failure = failure});
    BOOST_TEST(send_packet(ends[id].get(), packet).has_value());
  }
  std::uint64_t take() {
    const auto worker = spares.take();
    return worker ? worker->id : 0;
  }

  Spares spares;
  std::map<std::uint64_t, UniqueFd> ends;
};

BOOST_FIXTURE_TEST_SUITE(spares_test, Fixture)

BOOST_AUTO_TEST_CASE(one_that_never_becomes_ready_is_dropped_and_counts_as_unfit) {
  add(1);
  BOOST_TEST(spares.awaited());
  int unfit = 0;
  std::vector<std::string> texts;
  for (int i = 0; i < kManyLooks; ++i) {
    const auto news = spares.look();
    unfit += news.unfit;
    texts.insert(texts.end(), news.texts.begin(), news.texts.end());
  }
  BOOST_TEST(spares.size() == 0U);
  BOOST_TEST(unfit == 1);
  BOOST_TEST((texts == std::vector<std::string>{"a worker does not become ready"}));
  BOOST_TEST(!spares.awaited());
}

BOOST_AUTO_TEST_CASE(one_look_drops_nobody_and_one_that_is_ready_may_be_silent) {
  add(1);
  BOOST_TEST(!spares.look().fewer);
  announce(1);
  BOOST_TEST(spares.look().sealed);
  BOOST_TEST(!spares.awaited());
  for (int i = 0; i < kManyLooks; ++i) BOOST_TEST(!spares.look().fewer);
  BOOST_TEST(take() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_come_back_from_its_warm_up_is_dropped_but_not_unfit) {
  add(1);
  announce(1);
  (void)spares.listen();
  spares.warm_up_one();
  BOOST_TEST(spares.awaited());
  int unfit = 0;
  bool fewer = false;
  for (int i = 0; i < kManyLooks; ++i) {
    const auto news = spares.look();
    unfit += news.unfit;
    fewer |= news.fewer;
  }
  BOOST_TEST(fewer);
  BOOST_TEST(unfit == 0);
  BOOST_TEST(spares.size() == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_sealed_or_ends_is_dropped_and_it_is_said_why) {
  add(1);
  add(2);
  announce(1, "set a resource limit");
  ends.erase(2);
  const auto news = spares.listen();
  BOOST_TEST(news.fewer);
  BOOST_TEST(news.unfit == 2);
  BOOST_TEST((news.texts ==
              std::vector<std::string>{"a worker could not be sealed: set a resource limit"}));
  BOOST_TEST(spares.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_no_announcement_drops_it) {
  add(1);
  BOOST_TEST(send_packet(ends[1].get(), "garbage").has_value());
  BOOST_TEST(spares.listen().unfit == 1);
  BOOST_TEST(spares.size() == 0U);
}

BOOST_AUTO_TEST_CASE(the_warmest_is_taken_first_and_of_those_the_newest) {
  for (const std::uint64_t id : {1, 2, 3, 4, 5}) add(id);
  for (const std::uint64_t id : {2, 3, 4}) announce(id);
  (void)spares.listen();
  spares.warm_up_one();  // the newest that is ready
  announce(4);
  (void)spares.listen();
  BOOST_TEST(!spares.all_hot());
  std::vector<std::uint64_t> order;
  while (const std::uint64_t id = take()) order.push_back(id);
  BOOST_TEST((order == std::vector<std::uint64_t>{4, 3, 2, 1, 5}));
  BOOST_TEST(spares.all_hot());  // nobody is left to be warmed
}

BOOST_AUTO_TEST_CASE(one_whose_end_is_known_is_removed_and_it_is_told_whether_it_was_sealed) {
  add(1);
  add(2);
  announce(1);
  (void)spares.listen();
  BOOST_TEST(spares.remove(1).value_or(false));
  BOOST_TEST(!spares.remove(2).value_or(true));
  BOOST_TEST(!spares.remove(3).has_value());
  BOOST_TEST(spares.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
