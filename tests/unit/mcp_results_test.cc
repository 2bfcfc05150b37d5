// What an agent reads of a run that has ended.
#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "compat/mcp.h"
#include "contract/json_check.h"
#include "support/boost_test.h"

namespace executor {
namespace {

boost::json::object result(const Outcome& outcome) {
  const std::string text = mcp_result("7", outcome);
  BOOST_TEST_REQUIRE(is_json(text), text);
  const auto response = boost::json::parse(text).as_object();
  BOOST_TEST(response.at("id") == 7);
  return response.at("result").as_object();
}

// Its texts, one after the other.
std::string texts(const boost::json::object& result) {
  std::string all;
  for (const auto& content : result.at("content").as_array()) {
    if (content.at("type") != "text") continue;
    all += (all.empty() ? "" : "|") + std::string(content.at("text").as_string());
  }
  return all;
}

Outcome ended(Ending ending, std::string error, std::string out = "", std::string err = "") {
  Outcome outcome;
  outcome.ending = ending;
  outcome.error = std::move(error);
  outcome.out = std::move(out);
  outcome.err = std::move(err);
  outcome.ran = true;
  return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mcp_results_test)

BOOST_AUTO_TEST_CASE(a_run_is_text_value_and_image) {
  Outcome outcome = ended(Ending::kReturned, "", "out\n", "warning\n");
  outcome.last_value_json = "\"2\"";
  outcome.images = {"\x89PNG"};
  outcome.run_seconds = 0.25;
  const auto made = result(outcome);
  BOOST_TEST(texts(made) == "out\n|stderr:\nwarning\n|2");
  const auto image = made.at("content").as_array().back();
  BOOST_TEST(image.at("type").as_string() == "image");
  BOOST_TEST(image.at("data").as_string() == "iVBORw==");
  BOOST_TEST(image.at("mimeType").as_string() == "image/png");
  BOOST_TEST(!made.at("isError").as_bool());
  BOOST_TEST(made.at("structuredContent") ==
             boost::json::parse(R"({"stdout": "out\n", "stderr": "warning\n", "value": "2",
                                    "error": null, "execution_time": 0.25})"));
}

BOOST_AUTO_TEST_CASE(a_run_without_output_says_so) {
  Outcome outcome = ended(Ending::kReturned, "");
  outcome.last_value_json = "null";
  const auto made = result(outcome);
  BOOST_TEST(texts(made) == "The program has printed nothing.");
  BOOST_TEST(made.at("structuredContent").at("value").is_null());
}

BOOST_AUTO_TEST_CASE(a_failure_is_an_error_with_its_traceback_once) {
  const std::string trace = "Traceback\nValueError: x\n";
  const auto made = result(ended(Ending::kException, "ValueError: x", "so far", trace));
  BOOST_TEST(made.at("isError").as_bool());
  BOOST_TEST(texts(made) == "so far|" + trace);
  BOOST_TEST(made.at("structuredContent").at("error_type").as_string() == "exception");
  const auto timeout = result(ended(Ending::kTimeout, "Script execution timed out", "", "warned"));
  BOOST_TEST(texts(timeout) == "warned\nScript execution timed out");
}

BOOST_AUTO_TEST_CASE(every_ending_but_one_is_an_error_of_the_tool) {
  for (const Ending ending :
       {Ending::kBadRequest, Ending::kSyntaxError, Ending::kException, Ending::kExited,
        Ending::kTimeout, Ending::kMemoryLimit, Ending::kFileLimit, Ending::kOutputLimit,
        Ending::kCrashed, Ending::kOverloaded, Ending::kShuttingDown, Ending::kInternal}) {
    const auto made = result(ended(ending, "why"));
    BOOST_TEST(made.at("isError").as_bool());
    const auto& type = made.at("structuredContent").at("error_type").as_string();
    BOOST_TEST(std::string_view(type) == error_type(ending));
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_exits_with_status_0_is_no_error_of_the_tool) {
  Outcome outcome = ended(Ending::kExited, "Script exited with status 0", "out");
  outcome.usage.exit_code = 0;
  const auto made = result(outcome);
  BOOST_TEST(!made.at("isError").as_bool());
  BOOST_TEST(texts(made) == "out");
  outcome.usage.exit_code = 3;
  BOOST_TEST(result(outcome).at("isError").as_bool());
}

BOOST_AUTO_TEST_CASE(a_hint_names_no_field_that_the_tool_does_not_have) {
  Outcome outcome = ended(Ending::kOutputLimit, "Script wrote more than 1 MB to stdout");
  outcome.hint = "A run may print up to 1 MB; with 'on_output_limit': 'truncate' it continues";
  BOOST_TEST(texts(result(outcome)) ==
             "Script wrote more than 1 MB to stdout\nA run may print up to 1 MB");
}

BOOST_AUTO_TEST_CASE(hints_are_about_what_the_tool_has) {
  for (const auto& [hint, shown] : std::vector<std::pair<std::string, std::string>>{
           {"There is no module 'cv2'; GET /runtime lists what is, and modules of your own go into "
            "'files'",
            "There is no module 'cv2'; modules of your own go into 'files'"},
           {"Packages cannot be installed in a run; GET /runtime lists what is there",
            "Packages cannot be installed in a run"},
           {"'a' is there, without 'b'; GET /runtime lists the versions of what is installed",
            "'a' is there, without 'b'"},
           {"Only functions return: give a 'script' a main() that does, or let a program in 'code' "
            "print",
            "Only functions return: let the program print, or end with the value"},
           {"Send the command line that the script parses in 'argv', or give its arguments "
            "defaults",
            "Give its arguments defaults"},
           {"There is no screen: draw with matplotlib and send 'images': true",
            "There is no screen: draw with matplotlib"},
           {"Send 'A' in 'env'", ""},
           {"Send data in 'stdin' or 'files'", "Send data in 'stdin' or 'files'"}}) {
    Outcome outcome = ended(Ending::kException, "E: x");
    outcome.hint = hint;
    BOOST_TEST(texts(result(outcome)) == (shown.empty() ? "E: x" : "E: x\n" + shown));
  }
}

BOOST_AUTO_TEST_CASE(a_syntax_error_is_said_once) {
  const std::string err = "  File \"script.py\", line 1\n    (\nSyntaxError: invalid syntax\n";
  BOOST_TEST(texts(result(ended(Ending::kSyntaxError, "SyntaxError: invalid syntax (line 1)", "",
                                err))) == err);
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_service_shows_no_detail) {
  Outcome outcome = ended(Ending::kInternal, "open /secret: errno 2");
  BOOST_TEST(texts(result(outcome)) == "Internal error");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_tools_argument) {
  BOOST_TEST(texts(result(ended(Ending::kBadRequest, "'code' must be a non-empty string"))) ==
             "'python_code' must be a non-empty string");
  BOOST_TEST(texts(result(ended(Ending::kBadRequest, "Missing 'script' field in request body"))) ==
             "Missing argument 'python_code'");
  const std::string unknown = "Unknown argument 'code'";
  BOOST_TEST(texts(result(ended(Ending::kBadRequest, unknown))) == unknown);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor
