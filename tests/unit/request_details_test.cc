// What a client can learn about a request that is refused or odd: detail, hint, warnings.
#include <string>
#include <vector>

#include "contract/request.h"
#include "support/boost_test.h"
#include "unit/parsed_request.h"

namespace executor {
namespace {

using namespace std::string_literals;

constexpr std::string_view kNotJson = "Request must be JSON";

BOOST_AUTO_TEST_SUITE(request_details_test)

// --- Why it is not JSON

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_accepted_in_front_and_nowhere_else) {
  BOOST_TEST(source("\xEF\xBB\xBF{\"script\": \"x\"}") == "x");
  BOOST_TEST(refusal("\xEF\xBB\xBF\xEF\xBB\xBF{\"script\": \"x\"}") == kNotJson);
  BOOST_TEST(refusal("{\xEF\xBB\xBF\"script\": \"x\"}") == kNotJson);
}

BOOST_AUTO_TEST_CASE(the_detail_says_why_a_request_is_not_json_and_where) {
  const std::string prefix = std::string(kNotJson) + ": ";
  for (const auto& [body, text] : {
           std::pair(""s, "the body is empty"),
           std::pair(" \n"s, "the body is empty"),
           std::pair("\x1F\x8B\x08"s,
                     "the body is compressed with gzip; send it as it is, "
                     "without Content-Encoding"),
           std::pair("\xFF\xFE{\0"s, "the body is UTF-16 or UTF-32; send UTF-8"),
           std::pair("{\0\"\0"s, "the body is UTF-16 or UTF-32; send UTF-8"),
           std::pair("{\"code\":\n\"\xC3\xA4\xFF\"}"s, "not UTF-8 at byte 13 (line 2, column 3)"),
           std::pair("{\"code\": \"x\",}"s, "line 1, column 14: expected a name in double quotes"),
           std::pair("{code: 1}"s, "line 1, column 2: expected a name in double quotes or '}'"),
           std::pair("{\"code\" \"x\"}"s, "line 1, column 9: expected ':'"),
           std::pair("{\"code\": 'x'}"s, "line 1, column 10: expected a value"),
           std::pair("{\"usage\": True}"s,
                     "line 1, column 11: expected a value; JSON's words are true, false and null"),
           std::pair("{\"a\": [NaN]}"s,
                     "line 1, column 8: expected a value or ']'; JSON's words are true, false and "
                     "null"),
           std::pair("{\"a\": [1 2]}"s, "line 1, column 10: expected ',' or ']'"),
           std::pair("{\"a\": 01}"s, "line 1, column 7: a number must not begin with 0"),
           std::pair("{\"a\": 1.}"s, "line 1, column 9: expected a digit"),
           std::pair("{\"a\": \"\\x\"}"s,
                     "line 1, column 8: there is no such escape; a backslash is written \\\\"),
           std::pair("{\"\xC3\xA4\": \"\\ud800\"}"s,
                     "line 1, column 8: a lone surrogate, which is no character"),
           std::pair("{\"code\": \"x"s,
                     "line 1, column 12: expected '\"' at the end of a string, and the text ends"),
           std::pair("{\"code\": \"x\""s,
                     "line 1, column 13: expected ',' or '}', and the text ends"),
           std::pair("{} {}"s, "line 1, column 4: expected nothing more after the JSON value"),
       }) {
    BOOST_TEST(detail(body) == prefix + text, body);
  }
  BOOST_TEST(detail("{}", "") == prefix + "there is no Content-Type; send 'application/json'");
  BOOST_TEST(detail("{}", "text/plain") ==
             prefix + "the Content-Type is 'text/plain'; send 'application/json'");
}

BOOST_AUTO_TEST_CASE(a_body_that_was_encoded_is_refused_with_the_name_of_its_encoding) {
  const auto explained = [](std::string_view encoding, std::string_view body) {
    const auto job = parse_request(kJson, body, RequestLimits{}, encoding);
    return job ? "accepted" : job.error().detail;
  };
  const std::string deflated = "\x78\x9C\xAB\x56";
  BOOST_TEST(explained("deflate", deflated) ==
             "the body has Content-Encoding 'deflate'; send it as it is, without Content-Encoding");
  BOOST_TEST(explained("gzip", "\x1F\x8B\x08") ==
             "the body has Content-Encoding 'gzip'; send it as it is, without Content-Encoding");
  BOOST_TEST(explained(std::string(200, 'x'), "").find(std::string(100, 'x') + "...'") !=
             std::string::npos);
  BOOST_TEST(explained("identity", deflated) == "not UTF-8 at byte 2 (line 1, column 2)");
  BOOST_TEST(explained("Identity", "") == "the body is empty");
  // What can be read is read, whatever the header says.
  BOOST_TEST(explained("gzip", R"({"script": "x"})") == "accepted");
}

// --- Unknown fields and missing programs

std::vector<std::string> warnings(std::string_view body) {
  const auto request = parse_request(kJson, body, RequestLimits{});
  return request ? request->warnings : request.error().warnings;
}

BOOST_AUTO_TEST_CASE(unknown_fields_are_named_in_warnings) {
  BOOST_TEST((warnings(R"({"script": "x", "a": {"b": 1}, "a": 2})") ==
              std::vector<std::string>{"unknown field 'a' is ignored"}));
  BOOST_TEST(
      (warnings(R"({"script": "", "stdn": "y", "time_out": 1})") ==
       std::vector<std::string>{"unknown field 'stdn' is ignored; did you mean 'stdin'?",
                                "unknown field 'time_out' is ignored; did you mean 'timeout'?"}));
  BOOST_TEST(warnings(R"({"script": "x", "timeout": 3})").empty());
}

BOOST_AUTO_TEST_CASE(a_name_of_the_other_dialect_is_never_suggested) {
  const auto meant = [](const std::string& field, const std::string& name) {
    const auto all = warnings("{\"" + field + "\": \"x\", \"" + name + "\": []}");
    BOOST_TEST_REQUIRE(all.size() == 1U);
    const auto at = all[0].find("mean '");
    return at == std::string::npos ? "" : all[0].substr(at + 6, all[0].size() - at - 8);
  };
  BOOST_TEST(meant("script", "args") == "arguments");
  BOOST_TEST(meant("code", "args") == "argv");
  BOOST_TEST(meant("code", "kwargs").empty());
  BOOST_TEST(meant("code", "argument").empty());
  BOOST_TEST(meant("script", "last_val").empty());
  BOOST_TEST(meant("code", "last_val") == "last_value");
  BOOST_TEST(meant("code", "ENV") == "env");
  BOOST_TEST(meant("code", "memory_limit") == "limits");
}

BOOST_AUTO_TEST_CASE(warnings_are_at_most_ten_and_their_names_are_cut) {
  std::string body = "{\"script\": \"x\"";
  for (int i = 0; i < 100; ++i) body += ", \"unknown_" + std::to_string(i) + "\": 1";
  BOOST_TEST(warnings(body + "}").size() == 10U);
  const auto cut = warnings("{\"script\": \"x\", \"" + std::string(100'000, 'k') + "\": 1}");
  BOOST_TEST((cut == std::vector<std::string>{"unknown field '" + std::string(40, 'k') +
                                              "...' is ignored"}));
}

BOOST_AUTO_TEST_CASE(without_a_program_the_hint_says_what_was_sent) {
  const auto request = parse_request(kJson, R"({"source": "x"})", RequestLimits{});
  BOOST_TEST(request.error().error == "Missing 'script' field in request body");
  BOOST_TEST(request.error().hint ==
             "Send 'script' (a module that defines main()) or 'code' (a program that prints); "
             "got 'source'");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
