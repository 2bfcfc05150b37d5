// What the adapters make of requests and outcomes; that their clients are served is tested with a
// service (tests/deploy/compat_*_test.py).
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "compat/adapter.h"
#include "contract/json_check.h"
#include "support/boost_test.h"

namespace executor {
namespace {

constexpr std::string_view kDify = "dify/v1/sandbox/run";
constexpr std::string_view kLibreChat = "librechat/exec";
constexpr std::string_view kPiston = "piston/api/v2/execute";
constexpr std::string_view kSandboxFusion = "sandboxfusion/run_code";
constexpr std::string_view kRagFlow = "ragflow/run";
constexpr std::string_view kFastGpt = "fastgpt/sandbox/python";
constexpr std::string_view kOnyx = "onyx/v1/execute";

RuntimeFacts facts() {
  RuntimeFacts facts;
  facts.python = "3.11.2";
  facts.limits.max_source = 100;
  return facts;
}

const Endpoint& endpoint(std::string_view path) {
  std::vector<std::string> names;
  for (const Adapter& adapter : adapters()) names.emplace_back(adapter.name);
  const Endpoint* found = find_endpoint("/compat/" + std::string(path), "POST", names);
  BOOST_TEST_REQUIRE((found != nullptr), path);
  return *found;
}

std::string rendered(std::string_view path, const Outcome& outcome, std::string_view body = "{}") {
  const Answer answer = endpoint(path).render(outcome, facts(), JsonMembers(body));
  BOOST_TEST(is_json(answer.body), answer.body);
  return answer.body;
}

// The request as a job, or the answer that refuses it.
boost::system::result<RunRequest, std::string> translated(std::string_view path,
                                                          std::string_view body) {
  BOOST_TEST_REQUIRE(is_json(body), body);
  const Translation made = endpoint(path).translate(JsonMembers(body), facts());
  if (!made.call) return made.answer.body;
  auto run = request_of(*made.call, facts().limits);
  if (run) return *run;
  Outcome refused;
  refused.ending = Ending::kBadRequest;
  refused.error = run.error().error;
  refused.detail = run.error().detail;
  return rendered(path, refused, body);
}

Job job(std::string_view path, std::string_view body) {
  const auto run = translated(path, body);
  BOOST_TEST_REQUIRE(run.has_value(), body << " is " << (run ? "" : run.error()));
  return run->job;
}

bool is_refused_with(std::string_view path, std::string_view body, std::string_view text) {
  const auto run = translated(path, body);
  const std::string answer = run ? "accepted" : run.error();
  const bool has = answer.find(text) != std::string::npos;
  BOOST_TEST(has, answer << " has not: " << text);
  return has;
}

// A body with these members besides those that every request of that kind has.
std::string body(std::string_view path, std::string_view more) {
  const std::string_view head = path == kPiston      ? R"("language": "python", "version": "3.x")"
                                : path == kLibreChat ? R"("lang": "py")"
                                : path == kFastGpt   ? R"("variables": {})"
                                                     : R"("language": "python3")";
  return "{" + std::string(head) + ", " + std::string(more) + "}";
}

BOOST_AUTO_TEST_SUITE(compat_test)

// --- FastGPT

BOOST_AUTO_TEST_CASE(a_script_of_fastgpt_is_what_was_written) {
  const Job made = job(kFastGpt, R"({"code": "def main(a): return a", "variables": {"a": 1}})");
  BOOST_TEST(made.source == "def main(a): return a");
  BOOST_TEST(made.fit);
  BOOST_TEST(made.arguments == R"({"a": 1})");
  BOOST_TEST(made.variables == R"({"a": 1, "variables": {"a": 1}})");
}

// --- Dify

BOOST_AUTO_TEST_CASE(what_dify_sends_to_run_first_is_not_in_the_program) {
  const Job made = job(kDify, body(kDify, R"raw("code": "print(x)", "preload": "x = 5\n")raw"));
  BOOST_TEST(made.source == "print(x)");
  BOOST_TEST(made.preamble == "x = 5\n");
  const std::string long_one(101, 'x');
  is_refused_with(kDify, body(kDify, R"("code": "1", "preload": ")" + long_one + "\""),
                  "'preload' must be a string of at most");
}

// --- What is wrong with a request

BOOST_AUTO_TEST_CASE(a_program_may_be_empty_where_theirs_may) {
  for (const std::string_view path : {kDify, kSandboxFusion, kOnyx}) {
    BOOST_TEST(job(path, body(path, R"("code": "")")).source == "\n", path);
  }
  for (const char* file : {R"({"content": ""})", R"({"content": "", "encoding": "base64"})"}) {
    const std::string files = R"("files": [)" + std::string(file) + "]";
    BOOST_TEST(job(kPiston, body(kPiston, files)).source == "\n", file);
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_program_is_said_of_the_field_that_was_sent) {
  const std::string program = "\"" + std::string(200, 'x') + "\"";
  std::string in_base64;
  for (int i = 0; i < 50; ++i) in_base64 += "eHh4";
  is_refused_with(kRagFlow, body(kRagFlow, R"("code_b64": ")" + in_base64 + "\""),
                  "The program in 'code_b64' must be a string of at most");
  is_refused_with(kPiston, body(kPiston, R"("files": [{"content": )" + program + "}]"),
                  "The program in 'files' must be a string of at most");
  is_refused_with(kFastGpt, body(kFastGpt, R"("code": )" + program), "'code' must be a string of");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_files_is_said_with_its_cause_and_in_the_form_they_have) {
  const char* const up = "the path '../b' has a component '.' or '..'";
  const char* const files = R"("files": [{"content": "1"}, {"name": "../b", "content": "x"}])";
  is_refused_with(kPiston, body(kPiston, files), "'files' must be an array of");
  is_refused_with(kPiston, body(kPiston, files), up);
  const char* const named = R"("code": "1", "files": [{"name": "../b", "content": "x"}])";
  is_refused_with(kLibreChat, body(kLibreChat, named), "'files' must be an array of");
  is_refused_with(kLibreChat, body(kLibreChat, named), up);
  const auto fusion = [](const char* more) {
    return body(kSandboxFusion, R"("code": "1", )" + std::string(more));
  };
  is_refused_with(kSandboxFusion, fusion(R"("files": {"../b": "eA=="})"), up);
  is_refused_with(kSandboxFusion, fusion(R"("files": {"b": "*"})"),
                  "each with base64: the content of 'b' is not base64");
  for (const char* wanted : {"\"x\"", "[1]", "true", "{}"}) {
    const std::string more = R"("fetch_files": )" + std::string(wanted);
    is_refused_with(kSandboxFusion, fusion(more.c_str()),
                    "'fetch_files' must be an array of paths");
  }
  std::string many = R"("fetch_files": ["a")";
  for (int i = 0; i < 64; ++i) many += R"(, "a")";
  is_refused_with(kSandboxFusion, fusion((many + "]").c_str()),
                  "'fetch_files' must be an array of at most 64 paths");
}

// --- Piston

BOOST_AUTO_TEST_CASE(a_version_of_piston_is_a_selector) {
  const auto with = [](const char* version) {
    return R"({"language": "python", "version": ")" + std::string(version) +
           R"(", "files": [{"content": "1"}]})";
  };
  for (const char* version : {"*", "x", "*.*", "3", "3.x", "3.10.0", "3.12.0", "^3.10.0", ">=3.0.0",
                              "~3.11", "3.9 - 3.12", "2.7 || 3"}) {
    BOOST_TEST(job(kPiston, with(version)).source == "1", version);
  }
  for (const char* version : {"2.7", "2", "^2.7", "~3.12", ">3.11", "<3", "latest"}) {
    is_refused_with(kPiston, with(version), "runtime is unknown");
  }
}

// --- SandboxFusion

BOOST_AUTO_TEST_CASE(paths_of_sandboxfusion_are_from_the_working_directory) {
  const Job made = job(kSandboxFusion, body(kSandboxFusion, R"("code": "1",
      "files": {"/a/b": "eA==", ".//c": "eQ=="}, "fetch_files": ["/o", "./p", "a[1]*?\\.txt", "/"])"));
  BOOST_TEST_REQUIRE(made.files.size() == 2);
  BOOST_TEST(made.files[0].path == "a/b");
  BOOST_TEST(made.files[1].path == "c");
  const std::vector<std::string> globs = {"o", "p", R"(a\[1]\*\?\\.txt)"};
  BOOST_TEST(made.outputs.globs == globs, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_of_sandboxfusion_come_back_by_the_names_that_were_sent) {
  Outcome outcome;
  outcome.ending = Ending::kReturned;
  outcome.files = {{AttachmentKind::kFile, "o", "x"}, {AttachmentKind::kFile, "p", "y"}};
  const std::string answer =
      rendered(kSandboxFusion, outcome, R"({"fetch_files": ["/o", "./o", "p", "p", "none"]})");
  BOOST_TEST(boost::json::parse(answer).at("files") ==
             boost::json::parse(R"({"/o": "eA==", "./o": "eA==", "p": "eQ=="})"));
}

BOOST_AUTO_TEST_CASE(output_of_sandboxfusion_is_cut_and_the_run_goes_on) {
  const auto run = translated(kSandboxFusion, body(kSandboxFusion, R"("code": "1")"));
  BOOST_TEST_REQUIRE(run.has_value());
  BOOST_TEST(run->truncate);
}

// --- LibreChat

BOOST_AUTO_TEST_CASE(arguments_of_librechat_may_be_one_and_an_empty_text_is_none) {
  const auto argv = [](const char* args) {
    return job(kLibreChat, body(kLibreChat, R"("code": "1", "args": )" + std::string(args))).argv;
  };
  BOOST_TEST(argv("\"\"").empty());
  BOOST_TEST(argv("null").empty());
  BOOST_TEST(argv("\"a b\"") == std::vector<std::string>{"a b"});
  BOOST_TEST(argv(R"(["", "a"])").size() == 2);
}

// --- How a run ends

BOOST_AUTO_TEST_CASE(a_syntax_error_is_said_once) {
  Outcome outcome;
  outcome.ending = Ending::kSyntaxError;
  outcome.error = "SyntaxError: invalid syntax (line 1)";
  outcome.err = "  File \"script.py\", line 1\n    (\nSyntaxError: invalid syntax\n";
  for (const std::string_view path :
       {kDify, kLibreChat, kSandboxFusion, kRagFlow, kFastGpt, kOnyx}) {
    const std::string answer = rendered(path, outcome);
    BOOST_TEST(answer.find("SyntaxError: invalid syntax\\n") != std::string::npos, answer);
    BOOST_TEST(answer.find("(line 1)") == std::string::npos, answer);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
