#include "execution/loans.h"

#include <optional>

#include "support/boost_test.h"

namespace executor {
namespace {

constexpr Exit kExit = {.wait_status = 7};

BOOST_AUTO_TEST_SUITE(loans_test)

BOOST_AUTO_TEST_CASE(the_end_of_a_worker_is_known_while_its_loan_is_under_way) {
  Loans loans;
  loans.begin(1);
  BOOST_TEST(!loans.exit_of(1).has_value());
  BOOST_TEST(!loans.worker_ended(1, kExit));
  BOOST_REQUIRE(loans.exit_of(1).has_value());
  BOOST_TEST(loans.exit_of(1)->wait_status == 7);
  BOOST_TEST(loans.end(1)->wait_status == 7);
  BOOST_TEST(loans.empty());
  BOOST_TEST(!loans.exit_of(1).has_value());
}

BOOST_AUTO_TEST_CASE(who_waits_for_an_end_after_the_loan_is_called_once) {
  Loans loans;
  loans.begin(1);
  BOOST_TEST(!loans.end(1).has_value());
  int calls = 0;
  loans.await_end(1, [&calls](const std::optional<Exit>& exit) { calls += exit ? 1 : 100; });
  BOOST_TEST(!loans.worker_ended(2, kExit));
  const auto on_exit = loans.worker_ended(1, kExit);
  BOOST_REQUIRE(on_exit);
  on_exit(kExit);
  BOOST_TEST(calls == 1);
  BOOST_TEST(!loans.worker_ended(1, kExit));
}

BOOST_AUTO_TEST_CASE(those_that_wait_can_be_taken_when_no_end_can_come) {
  Loans loans;
  loans.await_end(1, [](const std::optional<Exit>&) {});
  loans.await_end(2, [](const std::optional<Exit>&) {});
  BOOST_TEST(loans.take_waiting().size() == 2U);
  BOOST_TEST(loans.take_waiting().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
