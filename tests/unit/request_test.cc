#include "contract/request.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

using namespace std::string_literals;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kNotJson = "Request must be JSON";
constexpr std::size_t kMegabyte = 1048576;

// The text of the refusal, or "accepted".
std::string refusal(std::string_view body, std::string_view content_type = kJson,
                    const RequestLimits& limits = {}) {
  const auto job = parse_request(content_type, body, limits);
  return job ? "accepted" : job.error().error;
}

// The program of a request that must be accepted.
std::string source(std::string_view body) {
  const auto job = parse_request(kJson, body, RequestLimits{});
  BOOST_TEST_REQUIRE(job.has_value(), job.error().error);
  return job->job.source;
}

std::string with_timeout(const std::string& timeout) {
  return R"({"script": "x", "timeout": )" + timeout + "}";
}

double timeout_of(std::string_view body, const RequestLimits& limits = {}) {
  const auto job = parse_request(kJson, body, limits);
  BOOST_TEST_REQUIRE(job.has_value(), job.error().error);
  return job->timeout.count();
}

BOOST_AUTO_TEST_SUITE(request_test)

BOOST_AUTO_TEST_CASE(a_script_is_a_job_in_the_function_dialect_with_its_default_timeout) {
  const auto job = parse_request(kJson, R"({"script": "def main(): pass"})", RequestLimits{});
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST((job->job.dialect == Dialect::kFunction));
  BOOST_TEST(job->job.source == "def main(): pass");
  BOOST_TEST(job->timeout.count() == 30.0);
}

BOOST_AUTO_TEST_CASE(code_is_a_job_in_the_program_dialect_with_its_default_timeout) {
  const auto job = parse_request(kJson, R"({"code": "x = 1"})", RequestLimits{});
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST((job->job.dialect == Dialect::kProgram));
  BOOST_TEST(job->job.source == "x = 1");
  BOOST_TEST(job->timeout.count() == 5.0);
}

// --- The content type

BOOST_AUTO_TEST_CASE(json_content_types_are_accepted_in_any_case_and_with_parameters) {
  for (const char* type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=UTF-8", "  application/json \t", "application/json ; a=b"}) {
    BOOST_TEST(refusal(R"({"script": "x"})", type) == "accepted", type);
  }
}

BOOST_AUTO_TEST_CASE(any_other_content_type_is_not_json) {
  for (const char* type :
       {"", " ", ";", "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
        "application/json-patch+json", "application", "json", "text/plain; application/json",
        "application/json, text/plain", "application /json", "\"application/json\""}) {
    BOOST_TEST(refusal(R"({"script": "x"})", type) == kNotJson, type);
  }
}

// --- The JSON

BOOST_AUTO_TEST_CASE(a_body_cut_short_anywhere_is_not_json) {
  const std::string whole = "{\"script\": \"def main():\n\treturn '\u20ac\\n'\", \"timeout\": 1.5}";
  BOOST_TEST(refusal(whole) == "accepted");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    BOOST_TEST(refusal(std::string_view(whole).substr(0, size)) == kNotJson, "cut at " << size);
  }
  BOOST_TEST(refusal(std::string_view{}) == kNotJson);
}

BOOST_AUTO_TEST_CASE(text_that_is_not_strict_json_is_refused) {
  for (const char* body :
       {"script=x", "{'script': 'x'}", R"({"script": "x",})", R"({script: "x"})",
        R"({"script": "x"} trailing)", R"({"script": "x"}{"script": "x"})", R"({"script": "x"}})",
        R"(/* a */ {"script": "x"})", R"({"script": "\x41"})", R"({"script": "x", "a": NaN})",
        R"({"script": "x", "a": 01})"}) {
    BOOST_TEST(refusal(body) == kNotJson, body);
  }
  BOOST_TEST(refusal("{\"script\": \"x\"}\0"s) == kNotJson);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_not_utf8_is_not_json) {
  for (const char* body :
       {"{\"script\": \"\xFF\"}", "{\"script\": \"\xC0\x80\"}", "{\"script\": \"\xED\xA0\x80\"}",
        "{\"script\": \"\xE2\x82\"}", "{\"script\": \"x\", \"\xFF\": 1}"}) {
    BOOST_TEST(refusal(body) == kNotJson);
  }
}

BOOST_AUTO_TEST_CASE(a_lone_surrogate_is_not_json) {
  for (const char* body :
       {R"({"script": "\ud800"})", R"({"script": "\udc00"})", R"({"script": "\ud800x"})",
        R"({"script": "\ud800\ud800"})", R"({"script": "x", "\ud800": 1})"}) {
    BOOST_TEST(refusal(body) == kNotJson, body);
  }
}

BOOST_AUTO_TEST_CASE(escapes_become_the_characters_that_they_stand_for) {
  BOOST_TEST(source(R"({"script": "\"\\\/\b\f\n\r\t\u20ac\ud83d\ude00"})") ==
             "\"\\/\b\f\n\r\t\u20ac\U0001F600");
  BOOST_TEST(source(R"({"\u0073cript": "x"})") == "x");
}

BOOST_AUTO_TEST_CASE(a_nul_in_the_script_reaches_the_job) {
  BOOST_TEST(source(R"({"script": "a\u0000b"})") == "a\0b"s);
}

BOOST_AUTO_TEST_CASE(a_raw_nul_is_not_json) {
  BOOST_TEST(refusal("{\"script\": \"a\0b\"}"s) == kNotJson);
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_accepted_within_reason_and_refused_beyond) {
  const auto body = [](std::size_t depth) {
    return R"({"script": "x", "a": )" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  BOOST_TEST(refusal(body(10)) == "accepted");
  BOOST_TEST(refusal(body(1000)) == kNotJson);
}

BOOST_AUTO_TEST_CASE(a_megabyte_of_brackets_is_not_json) {
  BOOST_TEST(refusal(std::string(kMegabyte, '[')) == kNotJson);
  BOOST_TEST(refusal(std::string(kMegabyte, '{')) == kNotJson);
  BOOST_TEST(refusal(std::string(kMegabyte / 2, '[') + std::string(kMegabyte / 2, ']')) ==
             kNotJson);
  std::string objects;
  while (objects.size() < kMegabyte) objects += "{\"a\":";
  BOOST_TEST(refusal(objects) == kNotJson);
}

BOOST_AUTO_TEST_CASE(a_script_of_a_megabyte_reaches_the_job_whole) {
  const std::string line = "x = 'h\u00e9llo'\n";
  std::string script;
  std::string escaped;
  while (script.size() + line.size() <= kMegabyte) {
    script += line;
    escaped += line.substr(0, line.size() - 1) + "\\n";
  }
  BOOST_TEST((source("{\"script\": \"" + escaped + "\"}") == script));
  BOOST_TEST((source("{\"script\": \"" + script + "\"}") == script));
}

// --- Raw control characters

BOOST_AUTO_TEST_CASE(raw_newlines_tabs_and_returns_in_a_string_reach_the_script) {
  BOOST_TEST(source("{\"script\": \"def main():\r\n\treturn 1\n\"}") ==
             "def main():\r\n\treturn 1\n");
  BOOST_TEST(source("{\n\t\"script\": \"\n\"\r\n}\n") == "\n");
}

BOOST_AUTO_TEST_CASE(raw_controls_next_to_escapes_are_distinguished) {
  BOOST_TEST(source("{\"script\": \"a\\\"\nb\\\\\"}") == "a\"\nb\\");
  BOOST_TEST(source("{\"script\": \"a\\\\\n\\n\"}") == "a\\\n\n");
}

BOOST_AUTO_TEST_CASE(a_raw_newline_after_a_backslash_is_not_json) {
  BOOST_TEST(refusal("{\"script\": \"a\\\nb\"}") == kNotJson);
}

BOOST_AUTO_TEST_CASE(raw_controls_are_accepted_in_keys_and_in_unknown_fields) {
  BOOST_TEST(source("{\"a\nb\": \"c\td\", \"script\": \"x\"}") == "x");
}

BOOST_AUTO_TEST_CASE(any_other_raw_control_character_is_not_json) {
  for (char c = 1; c < 0x20; ++c) {
    if (c == '\n' || c == '\r' || c == '\t') continue;
    BOOST_TEST(refusal("{\"script\": \"a\n"s + c + "\"}") == kNotJson, "control " << int{c});
  }
}

BOOST_AUTO_TEST_CASE(blanks_between_the_tokens_do_not_make_bad_json_good) {
  BOOST_TEST(refusal("{\n\\\"script\": \"\n\"}") == kNotJson);
  BOOST_TEST(refusal("{\"script\"\n\"x\"}") == kNotJson);
  BOOST_TEST(refusal("{\"script\": \"x\n}") == kNotJson);
}

// --- The object

BOOST_AUTO_TEST_CASE(json_that_is_no_object_is_refused) {
  for (const char* body : {"null", "true", "1", "1e999", R"("script")", "[]", "[[]]",
                           R"([{"script": "x"}])", R"(["script", "x"])"}) {
    BOOST_TEST(refusal(body) == "Request body must be a JSON object", body);
  }
}

BOOST_AUTO_TEST_CASE(an_object_without_a_program_is_refused) {
  for (const char* body :
       {"{}", R"({"timeout": 1})", R"({"Script": "x"})", R"({"scripts": "x"})", R"({"scrip": "x"})",
        R"({"": "x"})", R"({"a": {"script": "x"}})", R"({"a": [{"code": "x"}]})",
        R"({"script\u0000": "x"})", R"({"script": null})", R"({"code": null, "script": null})"}) {
    BOOST_TEST(refusal(body) == "Missing 'script' field in request body", body);
  }
}

BOOST_AUTO_TEST_CASE(script_and_code_together_are_refused) {
  for (const char* body : {R"({"script": "x", "code": "y"})", R"({"code": 1, "script": 2})",
                           R"({"script": "", "code": "", "timeout": -1})"}) {
    BOOST_TEST(refusal(body) == "Send either 'script' or 'code', not both", body);
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_is_no_string_or_an_empty_one_is_refused) {
  for (const char* value : {R"("")", "true", "1", "1.5", "[]", "{}", R"(["x"])", R"([["x"], "y"])",
                            R"({"script": "x"})", R"({"code": "x"})"}) {
    const std::string text = value;
    BOOST_TEST(refusal("{\"script\": " + text + "}") == "'script' must be a non-empty string",
               text);
    BOOST_TEST(refusal("{\"code\": " + text + "}") == "'code' must be a non-empty string", text);
  }
}

BOOST_AUTO_TEST_CASE(unknown_fields_are_ignored) {
  BOOST_TEST(source(R"({"a": 1, "b": [{"timeout": "no"}], "script": "x", "c": {"script": 2},
                        "d": 1e999, "e": ["y"]})") == "x");
  BOOST_TEST(source("{\"" + std::string(100'000, 'k') + "\": \"y\", \"script\": \"x\"}") == "x");
}

BOOST_AUTO_TEST_CASE(a_key_that_only_begins_with_a_known_name_is_unknown) {
  BOOST_TEST(source(R"({"script": "x", "scripts": "y", "timeout\n": "no", "codes": 1})") == "x");
  BOOST_TEST(source(R"({"script": "x", "timeout\u0020and much more": "no"})") == "x");
}

BOOST_AUTO_TEST_CASE(the_last_of_several_equal_keys_counts) {
  BOOST_TEST(source(R"({"script": "first", "script": "last"})") == "last");
  BOOST_TEST(source(R"({"script": [1, {"a": "b"}], "script": "last"})") == "last");
  BOOST_TEST(refusal(R"({"script": "first", "script": 1})") ==
             "'script' must be a non-empty string");
  BOOST_TEST(timeout_of(R"({"timeout": "no", "script": "x", "timeout": 2})") == 2.0);
}

BOOST_AUTO_TEST_CASE(a_megabyte_of_repeated_keys_is_read_in_one_pass) {
  std::string body = "{";
  while (body.size() < kMegabyte) body += R"("script":"y","a":1,)";
  BOOST_TEST(source(body + R"("script": "x"})") == "x");
}

// --- The timeout

BOOST_AUTO_TEST_CASE(a_timeout_is_any_number_of_seconds_up_to_the_maximum) {
  BOOST_TEST(timeout_of(with_timeout("1")) == 1.0);
  BOOST_TEST(timeout_of(with_timeout("2.5")) == 2.5);
  BOOST_TEST(timeout_of(with_timeout("1e1")) == 10.0);
  BOOST_TEST(timeout_of(with_timeout("0.001")) == 0.001);
  BOOST_TEST(timeout_of(with_timeout("30")) == 30.0);
  BOOST_TEST(timeout_of(with_timeout("30.0")) == 30.0);
  BOOST_TEST(timeout_of(R"({"code": "x", "timeout": 7})") == 7.0);
}

BOOST_AUTO_TEST_CASE(a_timeout_that_is_no_number_in_range_is_refused) {
  for (const char* timeout : {"0",
                              "-0",
                              "0.0",
                              "-1",
                              "-0.5",
                              "30.001",
                              "31",
                              "1e3",
                              "1e999",
                              "-1e999",
                              "1e-999",
                              "9223372036854775807",
                              "18446744073709551615",
                              "184467440737095516160",
                              "true",
                              "false",
                              R"("5")",
                              R"("")",
                              "[]",
                              "[5]",
                              "{}",
                              R"({"timeout": 5})"}) {
    BOOST_TEST(refusal(with_timeout(timeout)) ==
                   "'timeout' must be a number of seconds greater than 0 and at most 30",
               timeout);
  }
  BOOST_TEST(refusal(with_timeout(std::string(5000, '9'))) ==
             "'timeout' must be a number of seconds greater than 0 and at most 30");
}

BOOST_AUTO_TEST_CASE(an_exponent_beyond_all_reason_is_refused) {
  // Boost.JSON calls it a mistake up to 1.81, and infinite from 1.83 on.
  const std::string why = refusal(with_timeout("1e99999999999999999999"));
  BOOST_TEST((why == kNotJson ||
              why == "'timeout' must be a number of seconds greater than 0 and at most 30"),
             why);
}

BOOST_AUTO_TEST_CASE(the_configured_limits_are_applied_and_shown) {
  const RequestLimits limits{.max_timeout = std::chrono::milliseconds(2500),
                             .default_function_timeout = std::chrono::seconds(2),
                             .default_program_timeout = std::chrono::milliseconds(1500)};
  BOOST_TEST(timeout_of(R"({"script": "x"})", limits) == 2.0);
  BOOST_TEST(timeout_of(R"({"code": "x"})", limits) == 1.5);
  BOOST_TEST(timeout_of(with_timeout("2.5"), limits) == 2.5);
  BOOST_TEST(refusal(with_timeout("2.51"), kJson, limits) ==
             "'timeout' must be a number of seconds greater than 0 and at most 2.5");
}

BOOST_AUTO_TEST_CASE(a_fraction_equal_to_the_configured_maximum_is_accepted) {
  for (const char* text : {"0.1", "0.3", "2.3", "4.35", "29.99", "59.7"}) {
    const RequestLimits limits{.max_timeout = std::chrono::duration<double>(std::stod(text))};
    BOOST_TEST(refusal(with_timeout(text), kJson, limits) == "accepted", text);
  }
}

// --- The order of the checks

BOOST_AUTO_TEST_CASE(the_first_fault_in_the_contracts_order_is_the_one_reported) {
  BOOST_TEST(refusal("[]", "text/plain") == kNotJson);
  BOOST_TEST(refusal(R"({"timeout": -1})") == "Missing 'script' field in request body");
  BOOST_TEST(refusal(R"({"script": "", "timeout": -1})") == "'script' must be a non-empty string");
}

// --- Images

BOOST_AUTO_TEST_CASE(images_are_wanted_only_when_the_request_says_true) {
  const auto wanted = [](std::string_view body) {
    const auto job = parse_request("application/json", body, {});
    BOOST_REQUIRE(job.has_value());
    return job->job.images;
  };
  BOOST_TEST(!wanted(R"({"code": "x"})"));
  BOOST_TEST(!wanted(R"({"code": "x", "images": false})"));
  BOOST_TEST(wanted(R"({"code": "x", "images": true})"));
  BOOST_TEST(wanted(R"({"script": "x", "images": true, "timeout": 3})"));
}

BOOST_AUTO_TEST_CASE(images_that_are_neither_true_nor_false_are_refused) {
  for (const char* value : {"1", "\"true\"", "[true]", "{\"a\": true}"}) {
    BOOST_TEST(refusal(std::string(R"({"code": "x", "images": )") + value + "}") ==
               "'images' must be true or false");
  }
}

// --- null

BOOST_AUTO_TEST_CASE(null_is_the_same_as_absent_for_every_field) {
  const auto request = parse_request(
      kJson,
      R"({"script": null, "code": "x", "timeout": null, "images": null, "arguments": null,
          "argv": null, "stdin": null, "env": null, "files": null, "last_value": null,
          "outputs": null, "usage": null, "limits": null, "on_output_limit": null})",
      RequestLimits{});
  BOOST_TEST_REQUIRE(request.has_value());
  BOOST_TEST((request->job == Job{Dialect::kProgram, "x"}));
  BOOST_TEST(request->timeout.count() == 5.0);
  BOOST_TEST(request->warnings.empty());
  BOOST_TEST(source(R"({"code": null, "script": "x"})") == "x");
  BOOST_TEST(timeout_of(R"({"code": "x", "timeout": 3, "timeout": null})") == 5.0);
}

// --- Why it is not JSON

std::string detail(std::string_view body, std::string_view content_type = kJson) {
  const auto request = parse_request(content_type, body, RequestLimits{});
  return request ? "accepted" : request.error().error + ": " + request.error().detail;
}

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

// --- The other fields

BOOST_AUTO_TEST_CASE(each_field_reaches_the_job) {
  const auto request = parse_request(
      kJson,
      R"({"script": "x", "arguments": {"b": [1e400, -0.0, {"]": "}\""}], "a" : "é", "b": 2},
          "\u0061rgv": ["-v", "\u0000"], "argv": ["-v", "ä \" ]"], "stdin": "line\n",
          "env": {"A_1": "x", "_": "", "A_1": "y"},
          "files": {"a.txt": "text", "d/e/b.bin": {"base64": "AAEC"}}})",
      RequestLimits{});
  BOOST_TEST_REQUIRE(request.has_value(), request.error().error + request.error().detail);
  Job expected{Dialect::kFunction, "x"};
  expected.arguments = R"({"b": [1e400, -0.0, {"]": "}\""}], "a" : "é", "b": 2})";
  expected.argv = {"-v", "ä \" ]"};
  expected.input = "line\n";
  expected.env = {{"A_1", "y"}, {"_", ""}};
  expected.files = {{"a.txt", "text"}, {"d/e/b.bin", "\0\1\2"s}};
  BOOST_TEST((request->job == expected));
}

BOOST_AUTO_TEST_CASE(a_field_of_the_wrong_kind_is_refused_with_what_it_must_be) {
  const auto check = [](const std::string& name, const std::string& text,
                        std::initializer_list<const char*> values) {
    for (const char* value : values) {
      const std::string carrier = name == "last_value" ? "code" : "script";
      BOOST_TEST(refusal("{\"" + carrier + "\": \"x\", \"" + name + "\": " + value + "}") ==
                     "'" + name + "' must be " + text,
                 value);
    }
  };
  check("arguments", "an object or an array", {"1", "\"[]\"", "true"});
  check("argv", "an array of at most 4096 strings",
        {"\"a\"", "{}", "[1]", "[null]", "[[\"a\"]]", "[\"\\u0000\"]"});
  check("stdin", "a string", {"1", "[\"a\"]", "{}", "false"});
  check("env", "an object of at most 4096 strings",
        {"[]", "\"A=1\"", "{\"A\": 1}", "{\"A\": null}", "{\"\": \"x\"}", "{\"1A\": \"x\"}",
         "{\"A=B\": \"x\"}", "{\"\u00c4\": \"x\"}", "{\"A\": \"\\u0000\"}",
         "{\"A\": {\"base64\": \"\"}}"});
  check("files", "an object of at most 4096 paths, each with a string or {\"base64\": \"...\"}",
        {"[]", "\"a\"", "{\"a\": 1}", "{\"a\": {}}", "{\"a\": {\"base64\": 1}}",
         "{\"a\": {\"base64\": \"AA==\", \"b\": 1}}", "{\"a\": {\"base64\": \"AA\"}}",
         "{\"a\": [\"x\"]}"});
  check("last_value", "true or false", {"1", "\"yes\"", "[]"});
  check("usage", "true or false", {"1", "\"yes\"", "{}"});
  check("on_output_limit", "'fail' or 'truncate'", {"1", "\"\"", "\"Truncate\"", "true", "[]"});
  check("outputs", "an array of at most 64 globs, or true",
        {"1", "\"*\"", "false", "{}", "[1]", "[\"\"]", "[\"/a\"]", "[\"\\u0000\"]"});
}

BOOST_AUTO_TEST_CASE(limits_are_in_the_units_of_their_names_and_at_most_what_is_configured) {
  const RequestLimits limits{.run = {.memory = 512 * kMegabyte,
                                     .cpu_seconds = 60,
                                     .output = kMegabyte,
                                     .result = 8 * kMegabyte,
                                     .processes = 64,
                                     .scratch = 64 * kMegabyte,
                                     .file_size = 32 * kMegabyte,
                                     .open_files = 8}};
  const auto request = parse_request(
      kJson,
      R"({"code": "x", "limits": {"memory_mb": 64, "cpu_seconds": 2, "output_kb": 3, "result_kb": 4,
          "processes": 5, "scratch_mb": 6, "file_size_mb": 7, "open_files": 8}})",
      limits);
  BOOST_TEST_REQUIRE(request.has_value(), request.error().error);
  BOOST_TEST((request->job.limits == LowerLimits{64 * kMegabyte, 2, 3 << 10, 4 << 10, 5,
                                                 6 * kMegabyte, 7 * kMegabyte, 8}));
  const auto asked = [&limits](const std::string& name, const std::string& value) {
    return refusal("{\"code\": \"x\", \"limits\": {\"" + name + "\": " + value + "}}", kJson,
                   limits);
  };
  for (const char* value : {"0", "63", "513", "64.5", "-64", "1e99", "\"64\"", "true", "[64]"}) {
    BOOST_TEST(
        asked("memory_mb", value) == "'limits': 'memory_mb' must be a whole number from 64 to 512",
        value);
  }
  BOOST_TEST(asked("memory_mb", "null") == "accepted");
  BOOST_TEST(asked("memory_mb", "128.0") == "accepted");
  BOOST_TEST(asked("open_files", "7") ==
             "'limits': 'open_files' must be a whole number from 8 to 8");
  BOOST_TEST(
      asked("cpu", "1").starts_with("'limits' must be an object of memory_mb, cpu_seconds,"));
}

BOOST_AUTO_TEST_CASE(usage_is_wanted_only_when_the_request_says_true) {
  const auto wanted = [](std::string_view body) {
    const auto request = parse_request(kJson, body, RequestLimits{});
    BOOST_TEST_REQUIRE(request.has_value());
    return request->usage;
  };
  BOOST_TEST(wanted(R"({"code": "x", "usage": true})"));
  BOOST_TEST(!wanted(R"({"code": "x", "usage": false})"));
  BOOST_TEST(!wanted(R"({"code": "x"})"));
}

BOOST_AUTO_TEST_CASE(outputs_are_globs_or_all_that_changes) {
  const auto outputs = [](const std::string& value) {
    const auto request =
        parse_request(kJson, "{\"code\": \"x\", \"outputs\": " + value + "}", RequestLimits{});
    BOOST_TEST_REQUIRE(request.has_value());
    return request->job.outputs;
  };
  BOOST_TEST((outputs("true") == WantedFiles{true, {}}));
  BOOST_TEST((outputs(R"(["*.csv", "d/**"])") == WantedFiles{false, {"*.csv", "d/**"}}));
  BOOST_TEST((outputs(R"(["./a.csv", "././b"])") == WantedFiles{false, {"a.csv", "b"}}));
  BOOST_TEST(!outputs("[]").any());
}

BOOST_AUTO_TEST_CASE(a_field_of_the_other_dialect_is_refused_with_what_to_use_instead) {
  BOOST_TEST(refusal(R"({"code": "x", "arguments": [1]})") ==
             "'arguments' goes with 'script', not with 'code'; use 'argv' or 'stdin'");
  BOOST_TEST(refusal(R"({"script": "x", "last_value": true})") ==
             "'last_value' goes with 'code', not with 'script'; use what main() returns");
}

BOOST_AUTO_TEST_CASE(paths_that_would_leave_the_directory_or_cannot_be_files_are_refused) {
  const std::string refused =
      "'files' must be an object of at most 4096 paths, each with a string or {\"base64\": "
      "\"...\"}: the path ";
  const auto files = [](const std::string& members) {
    return detail("{\"code\": \"x\", \"files\": {" + members + "}}");
  };
  for (const auto& [path, fault] : {
           std::pair(""s, "'' is empty"),
           std::pair("/etc/passwd"s, "'/etc/passwd' is absolute"),
           std::pair("../x"s, "'../x' has a component '.' or '..'"),
           std::pair("a/../../x"s, "'a/../../x' has a component '.' or '..'"),
           std::pair("./x"s, "'./x' has a component '.' or '..'"),
           std::pair("a//b"s, "'a//b' has an empty component"),
           std::pair("a/"s, "'a/' has an empty component"),
       }) {
    BOOST_TEST(files("\"" + path + "\": \"\"") == refused + fault, path);
  }
  BOOST_TEST(files(R"("a\u0000b": "")") == refused + "'a\0b' contains NUL"s);
  BOOST_TEST(files("\"" + std::string(255, 'n') + "\": \"\"") == "accepted");
  BOOST_TEST(files("\"" + std::string(256, 'n') + "\": \"\"")
                 .ends_with("has a component longer than 255 bytes"));
  std::string deep = "a";
  while (deep.size() < 1023) deep += "/a";
  BOOST_TEST(files("\"" + deep + "\": \"\"") == "accepted");
  BOOST_TEST(files("\"" + deep + "/a\": \"\"").ends_with("is longer than 1024 bytes"));
  BOOST_TEST(files(R"("a": "", "a.b": "", "a/b": "")") ==
             refused + "'a' is both a file and a directory");
  BOOST_TEST(files(R"("a": "", "a.b": "", "ab/c": "", "d/e": "", "d/f": "")") == "accepted");
  BOOST_TEST(files(R"("..x": "", "x..": "", "...": "", "-": "", "\u00e4 \"": "")") == "accepted");
}

BOOST_AUTO_TEST_CASE(more_entries_than_the_bound_are_refused) {
  const auto argv = [](int count) {
    std::string body = R"({"code": "x", "argv": [)";
    for (int i = 0; i < count; ++i) body += i == 0 ? "\"\"" : ",\"\"";
    return refusal(body + "]}");
  };
  BOOST_TEST(argv(4096) == "accepted");
  BOOST_TEST(argv(4097) == "'argv' must be an array of at most 4096 strings");
}

BOOST_AUTO_TEST_CASE(a_source_longer_than_its_limit_is_refused) {
  const RequestLimits limits{.max_source = 10};
  BOOST_TEST(refusal(R"({"code": "0123456789"})", kJson, limits) == "accepted");
  BOOST_TEST(refusal(R"({"code": "0123456789x"})", kJson, limits)
                 .starts_with("'code' must be a string of at most"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
