#include "base/memory_count.h"

#include <unistd.h>

#include "base/observed_start.h"
#include "support/boost_test.h"

namespace executor {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kLimit = 512;
const Clock::time_point kStart{};

MemorySum sum_of(std::uint64_t bytes, std::size_t vanished = 0) {
  return {.bytes = bytes, .vanished = vanished, .of = {}};
}

Holding holding(int process, std::uint64_t anonymous, std::uint64_t shared, std::uint64_t share) {
  Holding holding{.process = process, .thread = process};
  holding.anonymous = anonymous;
  holding.resident = anonymous + shared;
  holding.share = share;
  return holding;
}

// No processes of these ids exist.
constexpr int kOne = 1 << 30;
constexpr int kOther = kOne + 1;

BOOST_AUTO_TEST_SUITE(memory_count)

BOOST_AUTO_TEST_CASE(a_sum_over_the_limit_of_processes_that_stayed_is_over) {
  MemoryJudge judge;
  BOOST_TEST((judge.judge(sum_of(600), 4, true, kLimit, kStart) == MemoryVerdict::kOver));
}

BOOST_AUTO_TEST_CASE(a_sum_over_the_limit_of_processes_that_changed_is_over_the_second_time) {
  MemoryJudge judge;
  BOOST_TEST((judge.judge(sum_of(600), 4, false, kLimit, kStart) == MemoryVerdict::kUnknown));
  BOOST_TEST((judge.judge(sum_of(600), 4, false, kLimit, kStart) == MemoryVerdict::kOver));
}

BOOST_AUTO_TEST_CASE(what_was_suspected_is_forgotten_after_a_sum_within_the_limit) {
  MemoryJudge judge;
  (void)judge.judge(sum_of(600), 4, false, kLimit, kStart);
  BOOST_TEST((judge.judge(sum_of(400), 4, true, kLimit, kStart) == MemoryVerdict::kWithin));
  BOOST_TEST((judge.judge(sum_of(600), 4, false, kLimit, kStart) == MemoryVerdict::kUnknown));
}

BOOST_AUTO_TEST_CASE(processes_that_vanish_all_the_time_are_judged_by_the_upper_bound) {
  MemoryJudge judge;
  const auto look = [&judge](Clock::duration later) {
    return judge.judge(sum_of(10, 6), 7, false, kLimit, kStart + later);
  };
  BOOST_TEST((look(0s) == MemoryVerdict::kUnknown));
  BOOST_TEST((look(1s) == MemoryVerdict::kUnknown));
  BOOST_TEST((look(2s) == MemoryVerdict::kOver));
}

BOOST_AUTO_TEST_CASE(what_processes_add_counts_on_top_of_their_sum) {
  const MemorySum sum{.bytes = 420,
                      .vanished = 0,
                      .of = {holding(kOne, 420, 0, 210), holding(kOther, 420, 0, 210)}};
  const MemoryBound now{.bytes = 0, .of = {holding(kOne, 470, 0, 0), holding(kOther, 480, 0, 0)}};
  const Growth growth = growth_since(sum, now);
  BOOST_TEST(growth.at_least == 530U);
  BOOST_TEST(growth.at_most == 530U);
}

BOOST_AUTO_TEST_CASE(new_processes_and_shared_pages_add_to_the_most_alone) {
  const MemorySum sum{.bytes = 420, .vanished = 0, .of = {holding(kOne, 420, 0, 420)}};
  const MemoryBound now{.bytes = 0, .of = {holding(kOne, 420, 60, 0), holding(kOther, 420, 0, 0)}};
  const Growth growth = growth_since(sum, now);
  BOOST_TEST(growth.at_least == 420U);
  BOOST_TEST(growth.at_most == 900U);
}

BOOST_AUTO_TEST_CASE(what_processes_free_is_not_added_elsewhere) {
  const MemorySum sum{.bytes = 500,
                      .vanished = 0,
                      .of = {holding(kOne, 300, 0, 300), holding(kOther, 200, 0, 200)}};
  const MemoryBound now{.bytes = 0, .of = {holding(kOther, 400, 0, 0)}};
  BOOST_TEST(growth_since(sum, now).at_least == 400U);
}

BOOST_AUTO_TEST_CASE(the_memory_of_this_process_is_its_share_and_within_the_bound) {
  const MemoryBound bound = bound_memory({::getpid()});
  const MemorySum sum = sum_memory(bound, UINT64_MAX);
  BOOST_TEST(bound.of.size() == 1U);
  BOOST_TEST(sum.bytes > 0U);
  BOOST_TEST(sum.vanished == 0U);
}

BOOST_AUTO_TEST_CASE(a_count_that_has_just_begun_is_waited_for) {
  BOOST_TEST(!counts_too_long(Clock::now(), "/proc/self"));
}

BOOST_AUTO_TEST_CASE(a_count_has_not_lasted_for_as_long_as_nobody_could_look) {
  const auto begun = Clock::now();
  ObservedStart count(begun);
  auto now = begun;
  for (int look = 0; look < 5; ++look) {
    now += 200ms;
    BOOST_TEST((count.at_look(now) == begun));
  }
  now += 1h;
  BOOST_TEST((now - count.at_look(now) < 2s));
  for (int look = 0; look < 5; ++look) (void)count.at_look(now += 10s);
  BOOST_TEST((now - count.at_look(now) > 2s), "looks that are always late count all the same");
}

BOOST_AUTO_TEST_CASE(a_count_that_was_held_up_is_not_waited_for) {
  BOOST_TEST(counts_too_long(Clock::now() - 1h, "/proc/self"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
