#include "execution/admission.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

using AdmissionResult = Admission::AdmissionResult;

constexpr auto kLong = std::chrono::minutes(5);
constexpr auto kHang = std::chrono::seconds(30);

Deadline never() {
  return Deadline::after(kLong);
}

// Waits until as many wait in the queue. A bound, not a measure.
void await_waiting(const Admission& admission, std::size_t count) {
  const auto limit = Deadline::after(kHang);
  while (admission.load().waiting != count && !limit.passed()) std::this_thread::yield();
  BOOST_REQUIRE(admission.load().waiting == count);
}

std::future<Admission::Entry> enter_later(Admission& admission, Deadline deadline,
                                          int client_fd = -1) {
  return std::async(std::launch::async, [&admission, deadline, client_fd] {
    return admission.enter(deadline, client_fd);
  });
}

struct Connection {
  Connection() {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    server.reset(ends[0]);
    client.reset(ends[1]);
  }
  UniqueFd server, client;
};

BOOST_AUTO_TEST_SUITE(admission_test)

BOOST_AUTO_TEST_CASE(a_free_slot_admits_at_once_even_past_the_deadline) {
  Admission admission(1, 0);
  const auto entry = admission.enter(Deadline::after(Clock::duration::zero()), -1);
  BOOST_TEST((entry.result == AdmissionResult::kAdmitted));
  BOOST_TEST(static_cast<bool>(entry.slot));
}

BOOST_AUTO_TEST_CASE(no_more_than_the_slots_are_admitted_at_once) {
  Admission admission(2, 0);
  const auto first = admission.enter(never(), -1);
  const auto second = admission.enter(never(), -1);
  const auto third = admission.enter(never(), -1);
  BOOST_TEST((first.result == AdmissionResult::kAdmitted));
  BOOST_TEST((second.result == AdmissionResult::kAdmitted));
  BOOST_TEST((third.result == AdmissionResult::kFull));
  BOOST_TEST(!third.slot);
}

BOOST_AUTO_TEST_CASE(a_slot_that_is_given_back_admits_the_next) {
  Admission admission(1, 0);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kAdmitted));
  }
  auto entry = admission.enter(never(), -1);
  entry.slot.release();
  entry.slot.release();
  BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(a_slot_that_was_moved_is_given_back_once) {
  Admission admission(1, 0);
  {
    auto entry = admission.enter(never(), -1);
    Slot moved = std::move(entry.slot);
    Slot assigned;
    assigned = std::move(moved);
    BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kFull));
  }
  const auto one = admission.enter(never(), -1);
  BOOST_TEST((one.result == AdmissionResult::kAdmitted));
  BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kFull));
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_and_keeps_those_who_wait) {
  Admission admission(1, 1);
  auto running = admission.enter(never(), -1);
  auto waiting = enter_later(admission, never());
  await_waiting(admission, 1);
  BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kFull));
  BOOST_TEST(admission.load().waiting == 1U);
  running.slot.release();
  BOOST_TEST((waiting.get().result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(those_who_wait_are_admitted_in_order_of_arrival) {
  constexpr std::size_t kWaiters = 8;
  Admission admission(1, kWaiters);
  auto running = admission.enter(never(), -1);
  std::mutex mutex;
  std::vector<std::size_t> order;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kWaiters; ++i) {
    threads.emplace_back([&admission, &mutex, &order, i] {
      const auto entry = admission.enter(never(), -1);
      const std::lock_guard lock(mutex);
      if (entry.slot) order.push_back(i);
    });  // the slot goes to the next in the queue
    await_waiting(admission, i + 1);
  }
  running.slot.release();
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST((order == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

BOOST_AUTO_TEST_CASE(keys_take_turns_whoever_floods_the_queue) {
  Admission admission(1, 8);
  auto running = admission.enter(never(), -1);
  std::mutex mutex;
  std::string order;
  std::vector<std::thread> threads;
  std::size_t waiting = 0;
  for (const std::string key : {"flood", "flood", "flood", "flood", "other", "other"}) {
    threads.emplace_back([&admission, &mutex, &order, key] {
      const auto entry = admission.enter(never(), -1, key);
      const std::lock_guard lock(mutex);
      if (entry.slot) order += key[0];
    });
    await_waiting(admission, ++waiting);
  }
  running.slot.release();
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(order == "fofoff");
}

BOOST_AUTO_TEST_CASE(in_a_full_queue_the_latest_of_a_flood_makes_room_for_another_key) {
  Admission admission(1, 2);
  auto running = admission.enter(never(), -1);
  auto first =
      std::async(std::launch::async, [&] { return admission.enter(never(), -1, "flood"); });
  await_waiting(admission, 1);
  auto second =
      std::async(std::launch::async, [&] { return admission.enter(never(), -1, "flood"); });
  await_waiting(admission, 2);
  BOOST_TEST((admission.enter(never(), -1, "flood").result == AdmissionResult::kFull));
  auto other =
      std::async(std::launch::async, [&] { return admission.enter(never(), -1, "other"); });
  BOOST_TEST((second.get().result == AdmissionResult::kFull));
  running.slot.release();
  auto entry = first.get();
  BOOST_TEST((entry.result == AdmissionResult::kAdmitted));
  entry.slot.release();
  BOOST_TEST((other.get().result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(one_that_was_let_in_waits_again_in_a_full_queue_and_behind_those_who_wait) {
  Admission admission(1, 1);
  auto running = admission.enter(never(), -1);
  auto single = enter_later(admission, never());
  await_waiting(admission, 1);
  auto again =
      std::async(std::launch::async, [&] { return admission.enter_again(never(), -1, ""); });
  await_waiting(admission, 2);
  running.slot.release();
  auto entry = single.get();
  BOOST_TEST((entry.result == AdmissionResult::kAdmitted));
  BOOST_TEST(admission.load().waiting == 1U);
  entry.slot.release();
  BOOST_TEST((again.get().result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(a_slot_is_handed_on_and_not_free_for_a_newcomer) {
  Admission admission(1, 1);
  auto running = admission.enter(never(), -1);
  auto waiting = enter_later(admission, never());
  await_waiting(admission, 1);
  running.slot.release();
  BOOST_TEST(admission.load().waiting == 0U);
  auto newcomer = enter_later(admission, never());
  const auto entry = waiting.get();
  BOOST_TEST((entry.result == AdmissionResult::kAdmitted));
  await_waiting(admission, 1);
  admission.close();
  BOOST_TEST((newcomer.get().result == AdmissionResult::kClosed));
}

BOOST_AUTO_TEST_CASE(waiting_longer_than_the_limit_is_given_up_and_leaves_the_queue) {
  Admission admission(1, 1);
  auto running = admission.enter(never(), -1);
  const auto entry = admission.enter(Deadline::after(std::chrono::milliseconds(1)), -1);
  BOOST_TEST((entry.result == AdmissionResult::kWaitedTooLong));
  BOOST_TEST(!entry.slot);
  BOOST_TEST(admission.load().waiting == 0U);
  running.slot.release();
  BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_while_it_waits_leaves_the_queue) {
  Admission admission(1, 2);
  auto running = admission.enter(never(), -1);
  Connection connection;
  auto first = enter_later(admission, never(), connection.server.get());
  await_waiting(admission, 1);
  auto second = enter_later(admission, never());
  await_waiting(admission, 2);
  connection.client.reset();
  BOOST_TEST((first.get().result == AdmissionResult::kClientGone));
  BOOST_TEST(admission.load().waiting == 1U);
  running.slot.release();
  BOOST_TEST((second.get().result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_data_keeps_waiting) {
  Admission admission(1, 1);
  auto running = admission.enter(never(), -1);
  const Connection connection;
  BOOST_REQUIRE(::write(connection.client.get(), "x", 1) == 1);
  auto waiting = enter_later(admission, never(), connection.server.get());
  await_waiting(admission, 1);
  running.slot.release();
  BOOST_TEST((waiting.get().result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(closing_refuses_all_who_wait_and_all_who_come_and_not_those_who_run) {
  Admission admission(2, 4);
  const auto first = admission.enter(never(), -1);
  auto second = admission.enter(never(), -1);
  std::vector<std::future<Admission::Entry>> waiting;
  for (std::size_t i = 0; i < 3; ++i) waiting.push_back(enter_later(admission, never()));
  await_waiting(admission, 3);
  admission.close();
  for (auto& entry : waiting) BOOST_TEST((entry.get().result == AdmissionResult::kClosed));
  BOOST_TEST(admission.load().waiting == 0U);
  BOOST_TEST(static_cast<bool>(first.slot));
  second.slot.release();
  BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kClosed));
}

BOOST_AUTO_TEST_CASE(slots_are_neither_lost_nor_made_when_many_come_and_give_up) {
  constexpr std::size_t kSlots = 3;
  Admission admission(kSlots, 100);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&admission] {
      for (int turn = 0; turn < 200; ++turn) {
        (void)admission.enter(Deadline::after(std::chrono::microseconds(turn % 3)), -1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(admission.load().waiting == 0U);
  std::vector<Admission::Entry> entries;
  for (std::size_t i = 0; i < kSlots + 1; ++i) {
    entries.push_back(admission.enter(Deadline::after(Clock::duration::zero()), -1));
    BOOST_TEST((entries.back().result == AdmissionResult::kAdmitted) == (i < kSlots));
  }
}

BOOST_AUTO_TEST_CASE(more_slots_admit_those_who_wait) {
  Admission admission(1, 2);
  const auto held = admission.enter(never(), -1);
  auto first = enter_later(admission, never());
  await_waiting(admission, 1);
  admission.resize(2, 2);
  BOOST_TEST((first.get().result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(with_fewer_slots_no_job_is_admitted_until_enough_are_given_back) {
  Admission admission(2, 2);
  auto one = admission.enter(never(), -1);
  auto two = admission.enter(never(), -1);
  admission.resize(1, 0);
  one.slot.release();
  BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kFull));
  two.slot.release();
  BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(a_job_that_may_not_run_yet_waits_and_keeps_no_other_from_a_slot) {
  Admission admission(1, 1);
  std::atomic<bool> may = false;
  auto later = std::async(std::launch::async, [&] {
    return admission.enter(never(), -1, "", [&may] { return may.load(); });
  });
  await_waiting(admission, 1);
  {
    const auto other = admission.enter(never(), -1);
    BOOST_TEST((other.result == AdmissionResult::kAdmitted));
    BOOST_TEST((admission.enter(never(), -1).result == AdmissionResult::kFull),
               "it has a place in the queue");
  }
  admission.reconsider();
  BOOST_TEST(admission.load().waiting == 1U);
  may = true;
  admission.reconsider();
  BOOST_TEST((later.get().result == AdmissionResult::kAdmitted));
}

BOOST_AUTO_TEST_CASE(a_job_that_never_may_run_waits_until_its_deadline_or_the_end) {
  Admission admission(1, 1);
  const auto never_may = [] { return false; };
  const auto soon = Deadline::after(std::chrono::milliseconds(1));
  BOOST_TEST((admission.enter(soon, -1, "", never_may).result == AdmissionResult::kWaitedTooLong));
  auto later =
      std::async(std::launch::async, [&] { return admission.enter(never(), -1, "", never_may); });
  await_waiting(admission, 1);
  admission.close();
  BOOST_TEST((later.get().result == AdmissionResult::kClosed));
}

BOOST_AUTO_TEST_CASE(idle_is_when_every_slot_is_back) {
  Admission admission(2, 0);
  auto entry = admission.enter(never(), -1);
  admission.close();
  BOOST_TEST(!admission.await_idle(Deadline::after(std::chrono::milliseconds(1))));
  auto idle =
      std::async(std::launch::async, [&admission] { return admission.await_idle(never()); });
  entry.slot.release();
  BOOST_TEST(idle.get());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
