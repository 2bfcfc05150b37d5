// The service's standard error is a full pipe that is not read: it serves all the same, and so does
// nginx, which has the same standard error.
#include <csignal>

#include "e2e/busy.h"

namespace executor::test {
namespace {

struct BusyAndUnread : Busy {
  BusyAndUnread() : Busy([] { return Server::unread(own_settings()); }) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unread_log, BusyAndUnread)

BOOST_AUTO_TEST_CASE(an_unread_log_keeps_no_request_waiting) {
  const Load::Tally tally = recovered();
  BOOST_TEST(tally.refused == 0U);
  BOOST_TEST(tally.dropped == 0U);
}

// nginx has a line for every request whose responder is not there; the supervisor says what it
// does.
BOOST_AUTO_TEST_CASE(faults_are_recovered_from_while_the_log_is_not_read) {
  const auto victims = with_program(processes(), "python-executor");
  BOOST_TEST(victims.size() == 1U);
  signal_all(victims, SIGKILL);
  const Load::Tally tally = recovered();
  BOOST_TEST(tally.refused > 0U);
  BOOST_TEST(tally.dropped == 0U);
}

BOOST_AUTO_TEST_CASE(a_service_whose_log_is_not_read_stops_when_asked) {
  load.finish();
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
