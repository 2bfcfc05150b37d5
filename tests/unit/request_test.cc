// What is a request at all: its content type, its JSON, the program and the time it may take.
#include <initializer_list>
#include <string>

#include "contract/request.h"
#include "support/boost_test.h"
#include "unit/parsed_request.h"

namespace executor {
namespace {

using namespace std::string_literals;

constexpr std::string_view kNotJson = "Request must be JSON";
constexpr std::size_t kMegabyte = 1048576;

std::string with_timeout(const std::string& timeout) {
  return R"({"script": "x", "timeout": )" + timeout + "}";
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
