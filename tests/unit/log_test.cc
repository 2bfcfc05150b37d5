#include "telemetry/log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string>

#include "base/fd.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// What `act` makes the log write to descriptor 2.
std::string logged(const std::function<void(Log&)>& act) {
  const UniqueFd file(::memfd_create("log", MFD_CLOEXEC));
  const UniqueFd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  BOOST_REQUIRE(::dup2(file.get(), STDERR_FILENO) == STDERR_FILENO);
  {
    Log log;
    act(log);
  }
  ::dup2(before.get(), STDERR_FILENO);
  std::string text(64 * 1024, '\0');
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool ends_with_line(const std::string& text, const std::string& line) {
  return text.ends_with(" " + line + "\n");
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

BOOST_AUTO_TEST_SUITE(log_test)

BOOST_AUTO_TEST_CASE(a_message_is_one_line_with_its_level) {
  BOOST_TEST(ends_with_line(logged([](Log& log) { log.info("ready"); }), "info ready"));
  BOOST_TEST(ends_with_line(logged([](Log& log) { log.warning("slow"); }), "warning slow"));
  BOOST_TEST(ends_with_line(logged([](Log& log) { log.error("broken"); }), "error broken"));
}

BOOST_AUTO_TEST_CASE(a_message_is_no_format) {
  BOOST_TEST(ends_with_line(logged([](Log& log) { log.info("{} {0} %s"); }), "info {} {0} %s"));
}

BOOST_AUTO_TEST_CASE(a_run_is_one_line_with_every_field) {
  const RunRecord record{.request_id = "abc",
                         .dialect = "function",
                         .outcome = "exception",
                         .detail = "",
                         .set = "light",
                         .status = 400,
                         .queue_ms = 0.5,
                         .start_ms = 1.25,
                         .run_ms = 2,
                         .source_bytes = 10,
                         .answer_bytes = 20};
  BOOST_TEST(ends_with_line(logged([&record](Log& log) { log.run(record); }),
                            "info run id=abc dialect=function outcome=exception status=400 "
                            "set=light queue_ms=0.500 start_ms=1.250 run_ms=2.000 "
                            "source_bytes=10 answer_bytes=20"));
}

BOOST_AUTO_TEST_CASE(the_services_own_fault_is_an_error_with_its_detail) {
  RunRecord record;
  record.outcome = "internal";
  record.detail = "the worker vanished";
  const std::string text = logged([&record](Log& log) { log.run(record); });
  BOOST_TEST(text.find(" error run ") != std::string::npos);
  BOOST_TEST(ends_with_line(text, "detail=the worker vanished"));
}

// Whoever can put a line break into a message could forge the lines behind it.
BOOST_AUTO_TEST_CASE(a_message_of_several_lines_is_one_line) {
  BOOST_TEST(lines(logged([](Log& log) { log.warning("one\ntwo\r\nthree"); })) == 1U);
  RunRecord record;
  record.outcome = "internal";
  record.detail = "one\ntwo";
  record.request_id = "a\nb";
  BOOST_TEST(lines(logged([&record](Log& log) { log.run(record); })) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
