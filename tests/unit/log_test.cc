#include "telemetry/log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string>
#include <thread>

#include "base/fd.h"
#include "contract/json_check.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// What `act` makes the log write to descriptor 2.
std::string logged(const std::function<void(Log&)>& act, LogFormat format = LogFormat::kText) {
  const UniqueFd file(::memfd_create("log", MFD_CLOEXEC));
  const UniqueFd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  BOOST_REQUIRE(::dup2(file.get(), STDERR_FILENO) == STDERR_FILENO);
  {
    Log log(format);
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

RequestRecord full_record() {
  return {.id = "abc",
          .client = "192.0.2.1",
          .key = "alice",
          .dialect = "script",
          .outcome = "exception",
          .detail = "",
          .set = "light",
          .status = 400,
          .queue_ms = 0.5,
          .start_ms = 1.25,
          .run_ms = 2,
          .timeout_ms = 30000,
          .memory_limit_bytes = 1024,
          .body_bytes = 15,
          .source_bytes = 10,
          .stdout_bytes = 1,
          .stderr_bytes = 2,
          .result_bytes = 3,
          .answer_bytes = 20,
          .evidence = "claim",
          .peak_mb = 12.5,
          .cpu_s = 0.25};
}

BOOST_AUTO_TEST_CASE(a_request_is_one_line_with_every_field) {
  BOOST_TEST(ends_with_line(
      logged([](Log& log) { log.request(full_record()); }),
      "info run id=abc client=192.0.2.1 key=alice dialect=script outcome=exception status=400 "
      "set=light queue_ms=0.500 start_ms=1.250 run_ms=2.000 timeout_ms=30000.000 "
      "memory_limit_bytes=1024 body_bytes=15 source_bytes=10 stdout_bytes=1 stderr_bytes=2 "
      "result_bytes=3 answer_bytes=20 evidence=claim peak_mb=12.500 cpu_s=0.250"));
}

BOOST_AUTO_TEST_CASE(an_address_and_a_key_that_are_not_known_are_left_out) {
  RequestRecord record = full_record();
  record.client = record.key = "";
  BOOST_TEST(logged([&](Log& log) { log.request(record); }).find("run id=abc dialect=script") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(in_json_a_request_is_one_object_with_every_field) {
  RequestRecord record = full_record();
  record.detail = "a \"quoted\" back\\slash\nand \xff";
  const std::string text = logged([&](Log& log) { log.request(record); }, LogFormat::kJson);
  BOOST_TEST(text.starts_with(R"({"time": "20)"));
  BOOST_TEST(is_json(text.substr(0, text.size() - 1)));
  const std::string rest =
      R"("level": "info", "event": "run", "id": "abc", "client": "192.0.2.1", )"
      R"("key": "alice", "dialect": "script", "outcome": "exception", "status": 400, "set": "light", "queue_ms": 0.500, )"
      R"("start_ms": 1.250, "run_ms": 2.000, "timeout_ms": 30000.000, )"
      R"("memory_limit_bytes": 1024, "body_bytes": 15, "source_bytes": 10, "stdout_bytes": 1, )"
      R"("stderr_bytes": 2, "result_bytes": 3, "answer_bytes": 20, )"
      R"("evidence": "claim", "peak_mb": 12.500, "cpu_s": 0.250, )"
      "\"detail\": \"a \\\"quoted\\\" back\\\\slash and \uFFFD\"}";
  BOOST_TEST(ends_with_line(text, rest));
}

BOOST_AUTO_TEST_CASE(in_json_a_message_is_one_object) {
  const std::string text =
      logged([](Log& log) { log.warning("one\n{\"two\"}"); }, LogFormat::kJson);
  BOOST_TEST(is_json(text.substr(0, text.size() - 1)));
  BOOST_TEST(ends_with_line(
      text, R"("level": "warning", "event": "message", "message": "one {\"two\"}"})"));
}

BOOST_AUTO_TEST_CASE(the_services_own_fault_is_an_error_with_its_detail) {
  RequestRecord record;
  record.outcome = "internal";
  record.detail = "the worker vanished";
  const std::string text = logged([&record](Log& log) { log.request(record); });
  BOOST_TEST(text.find(" error run ") != std::string::npos);
  BOOST_TEST(ends_with_line(text, "detail=the worker vanished"));
}

// A client that can put a line break into a message could forge the lines after it.
BOOST_AUTO_TEST_CASE(a_message_of_several_lines_is_one_line) {
  BOOST_TEST(lines(logged([](Log& log) { log.warning("one\ntwo\r\nthree"); })) == 1U);
  RequestRecord record;
  record.outcome = "internal";
  record.detail = "one\ntwo";
  record.id = "a\nb";
  BOOST_TEST(lines(logged([&record](Log& log) { log.request(record); })) == 1U);
}

BOOST_AUTO_TEST_CASE(a_log_that_lacks_lines_says_how_many) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const std::string text = logged([&full](Log& log) {
    const UniqueFd file(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
    BOOST_REQUIRE(::dup2(full.get(), STDERR_FILENO) == STDERR_FILENO);
    log.request(full_record());
    while (log.lost() == 0) std::this_thread::yield();
    ::dup2(file.get(), STDERR_FILENO);
    log.info("read again");
    log.info("and again");
  });
  BOOST_TEST(lines(text) == 3U, text);
  BOOST_TEST(text.find("info read again\n") != std::string::npos);
  BOOST_TEST(text.find("warning 1 lines of the log were dropped: ") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
