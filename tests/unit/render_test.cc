#include "contract/render.h"

#include <limits>
#include <string>
#include <vector>

#include "contract/json_check.h"
#include "support/boost_test.h"

namespace executor {
namespace {

using namespace std::string_literals;

Outcome returned(std::string result_json, std::string out = "", std::string err = "") {
  Outcome outcome;
  outcome.ending = Ending::kReturned;
  outcome.result_json = std::move(result_json);
  outcome.out = std::move(out);
  outcome.err = std::move(err);
  outcome.ran = true;
  return outcome;
}

Outcome failed(Ending ending, std::string error, std::string out = "", std::string err = "") {
  Outcome outcome = returned("", std::move(out), std::move(err));
  outcome.ending = ending;
  outcome.error = std::move(error);
  return outcome;
}

Outcome refused(Ending ending, std::string error) {
  Outcome outcome;
  outcome.ending = ending;
  outcome.error = std::move(error);
  return outcome;
}

std::string program_body_after(double run_seconds) {
  Outcome outcome = returned("");
  outcome.run_seconds = run_seconds;
  return render(Dialect::kProgram, outcome).body;
}

std::string program_body_with_time(const std::string& time) {
  return R"({"output": "", "error": null, "execution_time": )" + time + "}\n";
}

const std::vector<Ending>& endings_of_a_run() {
  static const std::vector<Ending> endings = {
      Ending::kSyntaxError, Ending::kException,   Ending::kInvalidResult,
      Ending::kExited,      Ending::kTimeout,     Ending::kMemoryLimit,
      Ending::kFileLimit,   Ending::kOutputLimit, Ending::kCrashed,
  };
  return endings;
}

BOOST_AUTO_TEST_SUITE(render_test)

BOOST_AUTO_TEST_CASE(a_returned_value_is_answered_with_200_its_result_and_stdout) {
  const Answer answer = render(Dialect::kFunction, returned(R"({"hello": "world"})", "hi\n"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "{\"result\": {\"hello\": \"world\"}, \"stdout\": \"hi\\n\"}\n");
}

BOOST_AUTO_TEST_CASE(stderr_of_a_success_is_shown_only_when_something_was_written_there) {
  const Answer answer = render(Dialect::kFunction, returned("null", "", "warning\n"));
  BOOST_TEST(answer.body == "{\"result\": null, \"stdout\": \"\", \"stderr\": \"warning\\n\"}\n");
}

BOOST_AUTO_TEST_CASE(a_function_error_shows_type_stdout_and_stderr) {
  const Answer answer = render(
      Dialect::kFunction,
      failed(Ending::kException, "NameError: name 'x' is not defined", "before\n", "Traceback\n"));
  BOOST_TEST(answer.status == 400);
  BOOST_TEST(answer.body ==
             "{\"error\": \"NameError: name 'x' is not defined\", \"error_type\": \"exception\", "
             "\"stdout\": \"before\\n\", \"stderr\": \"Traceback\\n\"}\n");
}

BOOST_AUTO_TEST_CASE(a_function_error_shows_stderr_even_when_it_is_empty) {
  const Answer answer = render(Dialect::kFunction, failed(Ending::kTimeout, timeout_text()));
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(answer.body ==
             "{\"error\": \"Script execution timed out\", \"error_type\": \"timeout\", "
             "\"stdout\": \"\", \"stderr\": \"\"}\n");
}

BOOST_AUTO_TEST_CASE(an_error_shows_only_text_and_type_when_nothing_was_run) {
  const Answer answer =
      render(Dialect::kFunction, refused(Ending::kMissingMain, missing_main_text()));
  BOOST_TEST(answer.status == 400);
  BOOST_TEST(answer.body ==
             "{\"error\": \"Script must contain a main() function\", "
             "\"error_type\": \"missing_main\"}\n");
}

BOOST_AUTO_TEST_CASE(a_function_answer_has_the_status_of_its_ending) {
  for (const Ending ending : endings_of_a_run()) {
    BOOST_TEST(render(Dialect::kFunction, failed(ending, "x")).status == http_status(ending));
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_ended_normally_is_answered_with_its_output_and_time) {
  Outcome outcome = returned("", "4\n");
  outcome.run_seconds = 0.012;
  const Answer answer = render(Dialect::kProgram, outcome);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "{\"output\": \"4\\n\", \"error\": null, \"execution_time\": 0.012}\n");
}

BOOST_AUTO_TEST_CASE(a_program_that_failed_is_answered_with_200_and_its_error) {
  Outcome outcome = failed(Ending::kException, "ZeroDivisionError: division by zero", "a\n", "T\n");
  outcome.run_seconds = 1.5;
  const Answer answer = render(Dialect::kProgram, outcome);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body ==
             "{\"output\": \"a\\n\", \"error\": \"ZeroDivisionError: division by zero\", "
             "\"error_type\": \"exception\", \"execution_time\": 1.5, \"stderr\": \"T\\n\"}\n");
}

BOOST_AUTO_TEST_CASE(a_program_is_answered_with_200_however_its_run_ended) {
  for (const Ending ending : endings_of_a_run()) {
    const Answer answer = render(Dialect::kProgram, failed(ending, "text"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "{\"output\": \"\", \"error\": \"text\", \"error_type\": \"" +
                                  std::string(error_type(ending)) +
                                  "\", \"execution_time\": 0.0}\n");
  }
}

BOOST_AUTO_TEST_CASE(a_program_whose_worker_claims_that_main_is_missing_is_answered_with_200) {
  BOOST_TEST(render(Dialect::kProgram, failed(Ending::kMissingMain, "text")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_the_same_in_both_dialects) {
  for (const Ending ending : {Ending::kBadRequest, Ending::kOverloaded, Ending::kShuttingDown}) {
    const Outcome outcome = refused(ending, "no");
    const Answer program = render(Dialect::kProgram, outcome);
    BOOST_TEST(program.status == http_status(ending));
    BOOST_TEST(program.body == "{\"error\": \"no\", \"error_type\": \"" +
                                   std::string(error_type(ending)) + "\"}\n");
    BOOST_TEST(render(Dialect::kFunction, outcome).body == program.body);
  }
}

BOOST_AUTO_TEST_CASE(the_services_own_fault_is_answered_with_500_and_no_detail) {
  for (const Dialect dialect : {Dialect::kFunction, Dialect::kProgram}) {
    const Answer answer = render(dialect, refused(Ending::kInternal, "read /run/x: EIO"));
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(answer.body == "{\"error\": \"Internal error\", \"error_type\": \"internal\"}\n");
  }
}

BOOST_AUTO_TEST_CASE(execution_time_is_a_float_with_microseconds_and_no_exponent) {
  BOOST_TEST(program_body_after(0) == program_body_with_time("0.0"));
  BOOST_TEST(program_body_after(30) == program_body_with_time("30.0"));
  BOOST_TEST(program_body_after(0.012345) == program_body_with_time("0.012345"));
  BOOST_TEST(program_body_after(0.0000011) == program_body_with_time("0.000001"));
  BOOST_TEST(program_body_after(1e-9) == program_body_with_time("0.0"));
  BOOST_TEST(program_body_after(12345.6789012) == program_body_with_time("12345.678901"));
  BOOST_TEST(program_body_after(100) == program_body_with_time("100.0"));
}

BOOST_AUTO_TEST_CASE(an_impossible_execution_time_still_gives_json) {
  using Limits = std::numeric_limits<double>;
  BOOST_TEST(program_body_after(-1) == program_body_with_time("0.0"));
  BOOST_TEST(program_body_after(Limits::quiet_NaN()) == program_body_with_time("0.0"));
  BOOST_TEST(program_body_after(Limits::infinity()) == program_body_with_time("1000000000.0"));
  BOOST_TEST(program_body_after(Limits::max()) == program_body_with_time("1000000000.0"));
}

BOOST_AUTO_TEST_CASE(text_is_escaped_as_json_and_otherwise_written_as_utf8) {
  const std::string text = "\"\\/\b\f\n\r\t\0\x01\x1F\x7F h\u00e9 \u2028\u2029 \U0001F600"s;
  const Answer answer = render(Dialect::kFunction, returned("1", text));
  BOOST_TEST(answer.body ==
             "{\"result\": 1, \"stdout\": \"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u0001\\u001f\x7F "
             "h\u00e9 \u2028\u2029 \U0001F600\"}\n");
}

BOOST_AUTO_TEST_CASE(text_of_every_character_gives_json_in_every_field) {
  std::string text;
  for (char c = 0; c < 0x7F; ++c) text += c;
  for (const Dialect dialect : {Dialect::kFunction, Dialect::kProgram}) {
    BOOST_TEST(is_json(render(dialect, returned("[]", text, text)).body));
    BOOST_TEST(is_json(render(dialect, failed(Ending::kException, text, text, text)).body));
  }
  BOOST_TEST(is_json(render_error(404, "not_found", text).body));
}

BOOST_AUTO_TEST_CASE(megabytes_of_output_are_rendered_whole) {
  const std::string out(3'000'000, '\n');
  const Answer answer = render(Dialect::kFunction, returned("null", out));
  BOOST_TEST(answer.body.size() ==
             2 * out.size() + "{\"result\": null, \"stdout\": \"\"}\n"s.size());
}

BOOST_AUTO_TEST_CASE(an_error_without_an_outcome_has_its_text_and_its_type) {
  const Answer answer = render_error(404, "not_found", "Not \"found\"");
  BOOST_TEST(answer.status == 404);
  BOOST_TEST(answer.body == "{\"error\": \"Not \\\"found\\\"\", \"error_type\": \"not_found\"}\n");
}

BOOST_AUTO_TEST_CASE(an_unhealthy_service_is_answered_with_503_and_a_reason_in_utf8) {
  const Answer answer = render_unhealthy("no sandbox: \xFF");
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body ==
             "{\"status\": \"unhealthy\", \"reason\": \"no sandbox: \uFFFD\", "
             "\"error\": \"no sandbox: \uFFFD\"}\n");
}

BOOST_AUTO_TEST_CASE(images_are_the_last_member_of_a_run_that_was_asked_for_them) {
  Outcome outcome = returned("1", "", "warning");
  outcome.images = {std::string(3, '\0'), "\x04\x10"};
  BOOST_TEST(render(Dialect::kFunction, outcome).body ==
             "{\"result\": 1, \"stdout\": \"\", \"stderr\": \"warning\", "
             "\"images\": [\"AAAA\", \"BBA=\"]}\n");
  outcome.images = std::vector<std::string>();
  outcome.err.clear();
  BOOST_TEST(render(Dialect::kProgram, outcome).body ==
             "{\"output\": \"\", \"error\": null, \"execution_time\": 0.0, \"images\": []}\n");
  Outcome error = failed(Ending::kException, "ValueError: x");
  error.images = {std::string(3, '\0')};
  BOOST_TEST(render(Dialect::kFunction, error).body.ends_with("\"images\": [\"AAAA\"]}\n"));
}

BOOST_AUTO_TEST_CASE(usage_says_what_is_known_and_the_evidence_of_a_limit) {
  Outcome outcome = returned("1");
  outcome.usage = {.cpu_seconds = 0.5, .peak_memory = 3 << 19, .exit_code = 0};
  BOOST_TEST(render(Dialect::kFunction, outcome).body.find("usage") == std::string::npos);
  outcome.show_usage = true;
  BOOST_TEST(render(Dialect::kFunction, outcome).body ==
             "{\"result\": 1, \"stdout\": \"\", \"usage\": {\"wall_seconds\": 0.0, "
             "\"cpu_seconds\": 0.5, \"memory_mb\": 1.5, \"exit_code\": 0}}\n");
  Outcome limit = failed(Ending::kMemoryLimit, "memory");
  limit.evidence = Evidence::kCgroup;
  limit.usage.signal = 9;
  limit.show_usage = true;
  BOOST_TEST(
      render(Dialect::kFunction, limit)
          .body.ends_with(
              "\"usage\": {\"wall_seconds\": 0.0, \"signal\": 9, \"evidence\": \"cgroup\"}}\n"));
}

BOOST_AUTO_TEST_CASE(files_and_advice_come_last) {
  Outcome outcome = returned("1");
  outcome.files = std::vector<Attachment>{{AttachmentKind::kFile, "a\"", "text"},
                                          {AttachmentKind::kOmittedFile, "big", "too large"},
                                          {AttachmentKind::kFile, "b", std::string("\0\xFF", 2)}};
  outcome.warnings = {"w"};
  BOOST_TEST(render(Dialect::kFunction, outcome).body ==
             "{\"result\": 1, \"stdout\": \"\", \"files\": {\"a\\\"\": \"text\", "
             "\"b\": {\"base64\": \"AP8=\"}}, \"files_omitted\": {\"big\": \"too large\"}, "
             "\"warnings\": [\"w\"]}\n");
  Outcome error = refused(Ending::kBadRequest, "Request must be JSON");
  error.detail = "why";
  error.hint = "what to do";
  BOOST_TEST(render(Dialect::kFunction, error).body ==
             "{\"error\": \"Request must be JSON\", \"error_type\": \"bad_request\", "
             "\"detail\": \"why\", \"hint\": \"what to do\"}\n");
}

BOOST_AUTO_TEST_CASE(what_did_not_run_has_no_images) {
  Outcome outcome = refused(Ending::kOverloaded, "Server is at capacity");
  outcome.images = std::vector<std::string>();
  BOOST_TEST(render(Dialect::kFunction, outcome).body.find("images") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
