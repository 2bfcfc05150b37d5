#include "compat/mcp.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "compat/json_read.h"
#include "compat/json_write.h"
#include "compat/mcp_tool.h"
#include "compat/run_words.h"
#include "contract/json_body.h"
#include "contract/json_text.h"
#include "contract/render.h"

namespace executor {
namespace {

// The newest first. Only the last has batches, and it is meant where a request names none.
constexpr std::array<std::string_view, 3> kVersions = {"2025-11-25", "2025-06-18", "2025-03-26"};
constexpr std::string_view kVersionWithBatches = kVersions.back();
// Each may be a run.
constexpr std::size_t kMaxBatch = 16;

// https://www.jsonrpc.org/specification#error_object
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;

bool is_known(std::string_view version) {
  return std::find(kVersions.begin(), kVersions.end(), version) != kVersions.end();
}

std::string error_response(std::string_view id, int code, std::string_view text) {
  const std::string error =
      json_object({{"code", std::to_string(code)}, {"message", render_text(text)}});
  return json_object({{"jsonrpc", "\"2.0\""}, {"id", id}, {"error", error}});
}

std::string response(std::string_view id, std::string_view result) {
  return json_object({{"jsonrpc", "\"2.0\""}, {"id", id}, {"result", result}});
}

// A name from a client, which may be as long as a body.
std::string shown(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return std::string(cut_utf8(name, kLongest));
}

McpMessage answered(std::string answer) {
  return {.kind = McpMessage::Kind::kAnswered, .answer = std::move(answer)};
}

std::string initialized(const JsonMembers& params, const McpServer& server) {
  const std::string wanted = params.string("protocolVersion");
  const std::string_view version = is_known(wanted) ? wanted : kVersions.front();
  const std::string info = json_object({{"name", "\"python-executor\""},
                                        {"title", "\"Python in a sandbox\""},
                                        {"version", render_text(server.version)}});
  return json_object({{"protocolVersion", render_text(version)},
                      {"capabilities", R"({"tools": {"listChanged": false}})"},
                      {"serverInfo", info}});
}

McpMessage called(std::string_view id, const JsonMembers& params) {
  if (const std::string name = params.string("name"); name != kMcpToolName) {
    return answered(error_response(id, kInvalidParams, "Unknown tool: " + shown(name)));
  }
  const std::string_view arguments = params["arguments"];
  if (!arguments.empty() && !is_object(arguments)) {
    return answered(error_response(id, kInvalidParams, "'arguments' must be an object"));
  }
  return {.kind = McpMessage::Kind::kCall, .id = std::string(id), .call = mcp_call(arguments)};
}

McpMessage requested(std::string_view id, const std::string& method, const JsonMembers& params,
                     const McpServer& server) {
  if (method == "initialize") return answered(response(id, initialized(params, server)));
  if (method == "ping") return answered(response(id, "{}"));
  if (method == "tools/list") {
    const std::string tools = "[" + mcp_tool(server.description) + "]";
    return answered(response(id, json_object({{"tools", tools}})));
  }
  if (method == "tools/call") return called(id, params);
  return answered(error_response(id, kMethodNotFound, "Method not found: " + shown(method)));
}

// A request, a notification or a response: JSON-RPC tells them apart by their members. An id that
// is null is no notification, but a request that MCP forbids.
McpMessage read_message(std::string_view text, const McpServer& server) {
  const JsonMembers message(text);
  const std::string_view id = message["id"];
  const std::string_view method = message["method"];
  const bool is_response = !message["result"].empty() || !message["error"].empty();
  if (message.string("jsonrpc") != "2.0" || (!is_string(method) && !is_response) ||
      !(id.empty() || is_string(id) || is_number(id)) ||
      (is_string(method) && message.is_null("id"))) {
    return {.kind = McpMessage::Kind::kAnswered,
            .invalid = true,
            .answer = error_response("null", kInvalidRequest, "Not a message of JSON-RPC 2.0")};
  }
  if (!is_string(method) || id.empty()) return {};
  return requested(id, message.string("method"), JsonMembers(message["params"]), server);
}

McpRefusal refused(int code, std::string_view text) {
  return {400, mcp_error(code, text)};
}

}  // namespace

std::string mcp_error(int code, std::string_view text) {
  return error_response("null", code, text) + "\n";
}

boost::system::result<McpBody, McpRefusal> read_mcp(std::string_view body, std::string_view version,
                                                    const McpServer& server,
                                                    std::string_view content_encoding) {
  const bool other_version = !version.empty() && !is_known(version);
  const auto json = read_json(body, content_encoding);
  if (!json) return refused(kParseError, json.error().error + ": " + json.error().detail);
  body = json->text();
  if (other_version && JsonMembers(body).string("method") != "initialize") {
    return refused(kInvalidRequest, "Unsupported MCP-Protocol-Version");
  }
  McpBody read;
  read.batch = is_array(body);
  if (!read.batch) {
    read.messages.push_back(read_message(body, server));
    const McpMessage& only = read.messages.front();
    if (only.invalid) return McpRefusal{400, only.answer + "\n"};
    return read;
  }
  if (!version.empty() && version != kVersionWithBatches) {
    return refused(kInvalidRequest, "This protocol version has no batches");
  }
  const bool few = each_element(body, [&](std::string_view text) {
    if (read.messages.size() == kMaxBatch) return false;
    read.messages.push_back(read_message(text, server));
    return true;
  });
  if (!few || read.messages.empty()) {
    return refused(kInvalidRequest, "A batch must have 1 to 16 messages");
  }
  return read;
}

std::string mcp_result(std::string_view id, const Outcome& outcome) {
  if (has_exited_well(outcome)) return response(id, mcp_tool_result(as_returned(outcome)));
  return response(id, mcp_tool_result(outcome));
}

bool mcp_origin_allowed(std::string_view origin, const std::vector<std::string>& allowed) {
  if (origin.empty() || std::find(allowed.begin(), allowed.end(), origin) != allowed.end()) {
    return true;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    std::string_view rest = origin.substr(scheme.size());
    for (const std::string_view host : {"localhost", "127.0.0.1", "[::1]"}) {
      if (!rest.starts_with(host)) continue;
      rest.remove_prefix(host.size());
      return rest.empty() || (rest[0] == ':' && rest.size() > 1 &&
                              rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
    }
  }
  return false;
}

}  // namespace executor
