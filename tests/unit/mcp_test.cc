#include "compat/mcp.h"

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "compat/mcp_tool.h"
#include "contract/json_check.h"
#include "support/boost_test.h"

namespace executor {
namespace {

using Kind = McpMessage::Kind;

const McpServer kServer{"1.2.3", "Runs \"Python\""};

McpBody read(std::string_view body, std::string_view version = "2025-11-25") {
  const auto read = read_mcp(body, version, kServer);
  BOOST_TEST_REQUIRE(read.has_value(), body);
  return *read;
}

McpMessage message(std::string_view body, std::string_view version = "2025-11-25") {
  const McpBody all = read(body, version);
  BOOST_TEST_REQUIRE(all.messages.size() == 1);
  return all.messages.front();
}

boost::json::object answer(std::string_view body) {
  const McpMessage read = message(body);
  BOOST_TEST((read.kind == Kind::kAnswered), body);
  BOOST_TEST(is_json(read.answer));
  return boost::json::parse(read.answer).as_object();
}

// The code of a JSON-RPC error.
std::int64_t code(const boost::json::object& response) {
  BOOST_TEST_REQUIRE(response.contains("error"), boost::json::serialize(response));
  return response.at("error").at("code").as_int64();
}

std::int64_t refusal(std::string_view body, std::string_view version) {
  const auto read = read_mcp(body, version, kServer);
  BOOST_TEST_REQUIRE(read.has_error(), body);
  BOOST_TEST(read.error().status == 400);
  const auto response = boost::json::parse(read.error().answer).as_object();
  BOOST_TEST(response.at("id").is_null());
  return code(response);
}

std::string request(std::string_view method, std::string_view params = "{}",
                    std::string_view id = "1") {
  return R"({"jsonrpc": "2.0", "id": )" + std::string(id) + R"(, "method": ")" +
         std::string(method) + R"(", "params": )" + std::string(params) + "}";
}

std::string initialize(std::string_view version) {
  return request("initialize", R"({"protocolVersion": )" + std::string(version) + "}");
}

Call call(std::string_view arguments) {
  const McpMessage read = message(request(
      "tools/call", R"({"name": "run_python_code", "arguments": )" + std::string(arguments) + "}"));
  BOOST_TEST_REQUIRE((read.kind == Kind::kCall), arguments);
  return read.call;
}

// What becomes of a tool's arguments: the error, or "accepted".
std::string checked(std::string_view arguments) {
  const auto run = request_of(call(arguments), RequestLimits{});
  return run ? "accepted" : run.error().error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mcp_test)

// --- Messages

BOOST_AUTO_TEST_CASE(a_known_version_is_agreed_on_and_else_the_newest_is_offered) {
  for (const char* version : {"2025-11-25", "2025-06-18", "2025-03-26"}) {
    const auto result = answer(initialize("\"" + std::string(version) + "\"")).at("result");
    BOOST_TEST(result.at("protocolVersion").as_string() == version);
    BOOST_TEST(result.at("serverInfo").at("version").as_string() == "1.2.3");
    BOOST_TEST(result.at("capabilities").as_object().contains("tools"));
  }
  for (const char* version : {"\"2024-11-05\"", "\"2999-01-01\"", "1", "null", "{}", "\"\""}) {
    const auto result = answer(initialize(version)).at("result");
    BOOST_TEST(result.at("protocolVersion").as_string() == "2025-11-25", version);
  }
}

BOOST_AUTO_TEST_CASE(an_id_comes_back_as_it_was_sent) {
  for (const char* id : {"1", "-5", "1.50", "12345678901234567890123", R"("a\u00e9\"b")", "\"\""}) {
    const std::string text = message(request("ping", "{}", id)).answer;
    BOOST_TEST(text == R"({"jsonrpc": "2.0", "id": )" + std::string(id) + R"(, "result": {}})");
  }
}

BOOST_AUTO_TEST_CASE(notifications_and_responses_are_not_answered) {
  for (const char* body : {R"({"jsonrpc": "2.0", "method": "notifications/initialized"})",
                           R"({"jsonrpc": "2.0", "method": "tools/call", "params": {}})",
                           R"({"jsonrpc": "2.0", "id": 1, "result": {}})",
                           R"({"jsonrpc": "2.0", "id": 1, "error": {"code": 1}})",
                           R"({"jsonrpc": "2.0", "id": null, "error": {"code": 1}})"}) {
    BOOST_TEST((message(body).kind == Kind::kSilent), body);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_answered_with_an_error_without_an_id) {
  for (const char* body :
       {"{}", "1", "\"x\"", "null", R"({"id": 1, "method": "ping"})",
        R"({"jsonrpc": "1.0", "id": 1, "method": "ping"})",
        R"({"jsonrpc": 2.0, "id": 1, "method": "ping"})", R"({"jsonrpc": "2.0", "id": 1})",
        R"({"jsonrpc": "2.0", "id": [1], "method": "ping"})",
        R"({"jsonrpc": "2.0", "id": true, "method": "ping"})",
        R"({"jsonrpc": "2.0", "id": null, "method": "ping"})",
        R"({"jsonrpc": "2.0", "id": null, "method": "notifications/initialized"})",
        R"({"jsonrpc": "2.0", "id": 1, "method": "ping", "id": null})",
        R"({"jsonrpc": "2.0", "id": 1, "method": 5})"}) {
    BOOST_TEST(refusal(body, "") == -32600, body);
    const McpMessage in_batch = message("[" + std::string(body) + "]", "");
    BOOST_TEST((in_batch.kind == Kind::kAnswered), body);
    const auto response = boost::json::parse(in_batch.answer).as_object();
    BOOST_TEST(code(response) == -32600, body);
    BOOST_TEST(response.at("id").is_null(), body);
  }
}

// The header is for what comes after it; a client newer than the service would never agree
// otherwise.
BOOST_AUTO_TEST_CASE(a_version_is_agreed_on_whatever_the_header_says) {
  const McpMessage read = message(initialize("\"2999-01-01\""), "2999-01-01");
  BOOST_TEST(read.answer.find("2025-11-25") != std::string::npos, read.answer);
}

BOOST_AUTO_TEST_CASE(unknown_methods_and_tools_are_errors_of_the_protocol) {
  for (const char* method : {"resources/list", "prompts/list", "tools", "", "logging/setLevel"}) {
    BOOST_TEST(code(answer(request(method))) == -32601, method);
  }
  for (const char* params : {"{}", "[]", "null", R"({"name": "other"})", R"({"name": 1})",
                             R"({"name": "run_python_code", "arguments": []})",
                             R"({"name": "run_python_code", "arguments": "x"})"}) {
    BOOST_TEST(code(answer(request("tools/call", params))) == -32602, params);
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_json_or_of_an_unknown_version_is_refused) {
  for (const char* body : {"", " ", "{", "{}x", "\xff", "{\"a\": 01}", "[1,]"}) {
    BOOST_TEST(refusal(body, "") == -32700, body);
  }
  const std::string deep(300, '[');
  BOOST_TEST(refusal(deep + std::string(300, ']'), "") == -32700);
  for (const char* version : {"2024-11-05", "x", "2025-11-25 "}) {
    BOOST_TEST(refusal(request("ping"), version) == -32600, version);
  }
  BOOST_TEST((read(" \n" + request("ping"), "").messages.front().kind == Kind::kAnswered));
}

BOOST_AUTO_TEST_CASE(why_a_body_is_no_json_is_said_as_execute_says_it) {
  const auto why = [](std::string_view body, std::string_view encoding = "") {
    const auto read = read_mcp(body, "", kServer, encoding);
    return read ? "accepted" : read.error().answer;
  };
  BOOST_TEST(why(std::string(300, '[')).find("line 1, column 257: ") != std::string::npos);
  BOOST_TEST(why("\x1F\x8B x").find("compressed with gzip") != std::string::npos);
  BOOST_TEST(why("x", "br").find("has Content-Encoding 'br'") != std::string::npos);
  BOOST_TEST(why("x", " Identity").find("Content-Encoding") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_and_raw_line_breaks_are_accepted_as_by_execute) {
  const McpMessage marked = message("\xEF\xBB\xBF" + request("ping"));
  BOOST_TEST((marked.kind == Kind::kAnswered));
  BOOST_TEST(call("{\"python_code\": \"print(1)\nprint(2)\"}").body.find("print(1)\\nprint(2)") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_the_oldest_version_has_batches_and_it_is_meant_without_a_header) {
  const std::string both = "[" + request("ping") + ", 5, " + request("ping", "{}", "2") + "]";
  for (const char* version : {"", "2025-03-26"}) {
    const McpBody batch = read(both, version);
    BOOST_TEST(batch.batch);
    BOOST_TEST(batch.messages.size() == 3);
  }
  for (const char* version : {"2025-06-18", "2025-11-25"}) {
    BOOST_TEST(refusal(both, version) == -32600);
  }
  BOOST_TEST(refusal("[]", "") == -32600);
  std::string many = "[1";
  for (int i = 0; i < 16; ++i) many += ", 1";
  BOOST_TEST(refusal(many + "]", "") == -32600);
}

// --- The tool

BOOST_AUTO_TEST_CASE(the_tool_is_described_by_schemas) {
  const auto tool = answer(request("tools/list")).at("result").at("tools").at(0);
  BOOST_TEST(tool.at("name").as_string() == "run_python_code");
  BOOST_TEST(tool.at("description").as_string() == "Runs \"Python\"");
  BOOST_TEST(tool.at("inputSchema").at("required").at(0).as_string() == "python_code");
  BOOST_TEST(tool.at("outputSchema").at("type").as_string() == "object");
}

BOOST_AUTO_TEST_CASE(the_description_says_what_is_installed_and_what_the_limits_are) {
  RuntimeFacts facts;
  facts.python = "3.11.2";
  facts.packages = {{"Pillow", "9.4"}, {"numpy", "1.24.2"}, {"obscure", "1"}};
  RequestLimits limits;
  limits.max_timeout = std::chrono::seconds(20);
  const std::string text = mcp_description(facts, limits, 256ULL << 20);
  for (const char* part : {"Python 3.11.2", "numpy 1.24.2, Pillow 9.4.", "no network",
                           "Nothing survives", "5 s", "20 s", "256 MB"}) {
    BOOST_TEST(text.find(part) != std::string::npos, part << " in " << text);
  }
  BOOST_TEST(text.find("obscure") == std::string::npos);
  BOOST_TEST(mcp_description({}, limits, 1 << 20).find("Python, the standard") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(arguments_are_passed_on_as_they_were_sent) {
  const Call made = call(R"({"python_code": "x\u00e9", "timeout": 2.50, "stdin": "a\nb",
      "files": {"a": "b"}, "global_variables": {"n": 12345678901234567890123, "f": 1e400}})");
  BOOST_TEST(made.variables == R"({"n": 12345678901234567890123, "f": 1e400})");
  const auto run = request_of(made, RequestLimits{});
  BOOST_TEST_REQUIRE(run.has_value());
  BOOST_TEST(run->job.source == "x\u00e9");
  BOOST_TEST(run->timeout.count() == 2.5);
  BOOST_TEST(run->job.input == "a\nb");
  BOOST_TEST(run->job.files.size() == 1);
  BOOST_TEST(run->job.variables == made.variables);
  BOOST_TEST(run->job.images);
  BOOST_TEST(run->job.last_value);
  BOOST_TEST((run->job.dialect == Dialect::kProgram));
}

BOOST_AUTO_TEST_CASE(arguments_are_checked_as_requests_are) {
  const std::string missing = "Missing 'script' field in request body";
  BOOST_TEST(checked("null") == missing);
  BOOST_TEST(checked("{}") == missing);
  BOOST_TEST(checked(R"({"python_code": null})") == missing);
  BOOST_TEST(checked(R"({"python_code": 5})") == "'code' must be a non-empty string");
  BOOST_TEST(checked(R"({"python_code": ""})") == "'code' must be a non-empty string");
  BOOST_TEST(checked(R"({"python_code": "1", "timeout": null, "files": null})") == "accepted");
  BOOST_TEST(checked(R"({"python_code": "1", "timeout": 31})").starts_with("'timeout' must be"));
  BOOST_TEST(checked(R"({"python_code": "1", "stdin": {}})") == "'stdin' must be a string");
  BOOST_TEST(checked(R"({"python_code": "1", "files": []})").starts_with("'files' must be"));
  for (const char* variables : {"[]", "1", "\"x\"", "true"}) {
    BOOST_TEST(checked(R"({"python_code": "1", "global_variables": )" + std::string(variables) +
                       "}") == "'global_variables' must be an object");
  }
}

BOOST_AUTO_TEST_CASE(an_argument_that_the_tool_does_not_have_is_named) {
  const std::string has = ": the tool has python_code, global_variables, timeout, stdin and files";
  BOOST_TEST(checked(R"({"python_code": "1", "usage": 5, "x": 1})") ==
             "Unknown argument 'usage'" + has);
  BOOST_TEST(checked(R"({"code": "1"})") == "Unknown argument 'code'" + has);
  BOOST_TEST(checked(R"({"python_code": "1", "t\u0069me_limit": 5})") ==
             "Unknown argument 'time_limit'" + has);
  BOOST_TEST(checked(R"({"python_code": "1", "script": null})") == "accepted");
  BOOST_TEST(checked(R"({"python_code": "1", ")" + std::string(100, 'x') + R"(": 1})") ==
             "Unknown argument '" + std::string(64, 'x') + "'" + has);
  BOOST_TEST(checked(R"({"python_code": "1", "toolCallId": "call_1"})") == "accepted");
  const auto tool = answer(request("tools/list")).at("result").at("tools").at(0);
  BOOST_TEST(tool.at("inputSchema").at("additionalProperties") == false);
}

// --- Origins

BOOST_AUTO_TEST_CASE(pages_of_this_machine_and_named_ones_may_and_others_may_not) {
  const std::vector<std::string> named = {"https://app.example"};
  for (const char* origin : {"", "http://localhost", "https://localhost:6274", "http://127.0.0.1:1",
                             "http://[::1]:5", "https://app.example"}) {
    BOOST_TEST(mcp_origin_allowed(origin, named), origin);
  }
  for (const char* origin : {"null", "https://evil.example", "http://localhost.evil.example",
                             "http://localhost:", "http://localhost:80x", "https://app.example:444",
                             "http://app.example", "localhost", "http://127.0.0.1.evil.example",
                             "file://", "http://localhost@evil.example"}) {
    BOOST_TEST(!mcp_origin_allowed(origin, named), origin);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor
