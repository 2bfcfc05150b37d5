// The fields besides the program and the timeout.
#include <initializer_list>
#include <string>
#include <vector>

#include "contract/request.h"
#include "support/boost_test.h"
#include "unit/parsed_request.h"

namespace executor {
namespace {

using namespace std::string_literals;

constexpr std::size_t kMegabyte = 1048576;

BOOST_AUTO_TEST_SUITE(request_fields_test)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
