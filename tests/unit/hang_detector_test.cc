#include "execution/hang_detector.h"

#include "support/boost_test.h"

namespace executor {
namespace {

constexpr int kMaxIdle = 6;
constexpr int kMost = 60;

// The look at which the silence was too long, of 100; 0: it never was.
int first_mute(std::optional<Activity> (*seen)(int look)) {
  HangDetector detector(kMaxIdle, kMost);
  for (int i = 1; i <= 100; ++i) {
    if (detector.poll(seen(i))) return i;
  }
  return 0;
}

BOOST_AUTO_TEST_SUITE(silence_test)

BOOST_AUTO_TEST_CASE(a_stopped_zygote_is_soon_judged_hung) {
  const auto stopped = [](int) {
    return std::optional(Activity{.runnable = false, .cpu_ticks = 9});
  };
  BOOST_TEST(first_mute(stopped) == kMaxIdle + 2);  // the first look has nothing to compare with
}

BOOST_AUTO_TEST_CASE(what_cannot_be_seen_counts_as_stopped) {
  BOOST_TEST(first_mute([](int) { return std::optional<Activity>(); }) == kMaxIdle + 1);
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_processor_has_more_time) {
  const auto starved = [](int) {
    return std::optional(Activity{.runnable = true, .cpu_ticks = 9});
  };
  BOOST_TEST(first_mute(starved) == kMost + 1);
}

BOOST_AUTO_TEST_CASE(what_computes_now_and_then_has_more_time) {
  const auto slow = [](int look) {
    const auto ticks = static_cast<std::uint64_t>(look / kMaxIdle);
    return std::optional(Activity{.runnable = false, .cpu_ticks = ticks});
  };
  BOOST_TEST(first_mute(slow) == kMost + 1);
}

BOOST_AUTO_TEST_CASE(an_answer_breaks_the_silence) {
  HangDetector detector(kMaxIdle, kMost);
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(!detector.poll(std::nullopt));
    if (i % kMaxIdle == kMaxIdle - 1) detector.reset();
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
