#include "base/memory_budget.h"

#include <sys/socket.h>

#include <array>
#include <future>
#include <thread>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

using AdmissionResult = MemoryBudget::AdmissionResult;

constexpr std::size_t kAll = 800;  // 400 for bodies, 600 for bodies and answers
constexpr std::size_t kRequests = 8;
constexpr auto kLong = std::chrono::minutes(5);
constexpr auto kHang = std::chrono::seconds(30);

Deadline never() {
  return Deadline::after(kLong);
}

std::future<MemoryBudget::Entry> await_later(MemoryBudget& budget, std::size_t bytes,
                                             int client_fd = -1) {
  return std::async(std::launch::async, [&budget, bytes, client_fd] {
    return budget.await(bytes, never(), client_fd);
  });
}

void await_waiting(const MemoryBudget& budget, std::size_t count) {
  const auto limit = Deadline::after(kHang);
  while (budget.load().waiting != count && !limit.passed()) std::this_thread::yield();
  BOOST_REQUIRE(budget.load().waiting == count);
}

BOOST_AUTO_TEST_SUITE(memory_budget)

BOOST_AUTO_TEST_CASE(bodies_have_half_and_those_beyond_it_wait_until_there_is_room) {
  MemoryBudget budget(kAll, kRequests);
  auto first = budget.await(300, never(), -1);
  BOOST_TEST((first.result == AdmissionResult::kHeld));
  auto second = await_later(budget, 200);
  await_waiting(budget, 1);
  BOOST_TEST(first.memory.resize(200));
  BOOST_TEST((second.get().result == AdmissionResult::kHeld));
}

BOOST_AUTO_TEST_CASE(a_small_body_does_not_pass_a_large_one_that_waits) {
  MemoryBudget budget(kAll, kRequests);
  auto first = budget.await(300, never(), -1);
  auto large = await_later(budget, 400);
  await_waiting(budget, 1);
  auto small = await_later(budget, 1);
  await_waiting(budget, 2);
  first.memory.release();
  auto entry = large.get();
  BOOST_TEST((entry.result == AdmissionResult::kHeld));
  BOOST_TEST(budget.load().waiting == 1U);
  entry.memory.release();
  BOOST_TEST((small.get().result == AdmissionResult::kHeld));
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_too_long_ends_and_lets_those_after_it_in) {
  MemoryBudget budget(kAll, kRequests);
  const auto first = budget.await(300, never(), -1);
  const auto large = budget.await(400, Deadline::after(std::chrono::milliseconds(1)), -1);
  BOOST_TEST((large.result == AdmissionResult::kWaitedTooLong));
  BOOST_TEST((budget.await(100, never(), -1).result == AdmissionResult::kHeld));
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_its_wait_though_its_body_is_unread) {
  MemoryBudget budget(kAll, kRequests);
  const auto first = budget.await(400, never(), -1);
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const UniqueFd server(ends[0]);
  UniqueFd client(ends[1]);
  BOOST_REQUIRE(::send(client.get(), "body", 4, 0) == 4);
  auto second = await_later(budget, 1, server.get());
  await_waiting(budget, 1);
  client.reset();
  BOOST_TEST((second.get().result == AdmissionResult::kClientGone));
}

BOOST_AUTO_TEST_CASE(what_never_fits_and_one_request_too_many_are_refused_at_once) {
  MemoryBudget budget(kAll, 2);
  BOOST_TEST((budget.await(401, never(), -1).result == AdmissionResult::kFull));
  const auto first = budget.await(1, never(), -1);
  auto second = budget.await(1, never(), -1);
  BOOST_TEST((budget.await(1, never(), -1).result == AdmissionResult::kFull));
  second.memory.release();
  BOOST_TEST((budget.await(1, never(), -1).result == AdmissionResult::kHeld));
}

BOOST_AUTO_TEST_CASE(answers_have_what_bodies_leave_of_three_quarters_and_do_not_wait) {
  MemoryBudget budget(kAll, kRequests);
  auto body = budget.await(400, never(), -1);
  auto answer = budget.answer();
  BOOST_TEST(answer.resize(200));
  BOOST_TEST(!answer.resize(201));
  BOOST_TEST(budget.load().held == 600U);
  body.memory.release();
  BOOST_TEST(answer.resize(600));
  BOOST_TEST(answer.resize(10));
  BOOST_TEST(budget.load().held == 10U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_ends_lets_a_body_in) {
  MemoryBudget budget(kAll, kRequests);
  auto answer = budget.answer();
  BOOST_TEST(answer.resize(600));
  auto body = await_later(budget, 400);
  await_waiting(budget, 1);
  answer.release();
  BOOST_TEST((body.get().result == AdmissionResult::kHeld));
}

BOOST_AUTO_TEST_CASE(memory_that_was_moved_is_given_back_once) {
  MemoryBudget budget(kAll, kRequests);
  {
    auto entry = budget.await(100, never(), -1);
    HeldMemory moved = std::move(entry.memory);
    HeldMemory assigned;
    assigned = std::move(moved);
    BOOST_TEST(budget.load().held == 100U);
  }
  BOOST_TEST(budget.load().held == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
