// The Model Context Protocol over HTTP, without sessions and without streams: reads messages, and
// renders a run as the result of a tool. Pure: texts in, texts out.
// https://modelcontextprotocol.io/specification/2025-11-25
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compat/call.h"
#include "contract/outcome.h"

namespace executor {

// What is said about the server.
struct McpServer {
  std::string version{};      // of this service
  std::string description{};  // of its tool, for the model
};

// One message, and what is to be done about it.
struct McpMessage {
  enum class Kind : std::uint8_t {
    kAnswered,  // `answer` goes back
    kSilent,    // nothing goes back
    kCall,      // `call` must be run; mcp_result() makes what goes back
  };
  Kind kind = Kind::kSilent;
  bool invalid = false;  // of a batch: no message of JSON-RPC, and `answer` says so
  std::string answer{};  // a JSON-RPC response
  std::string id{};      // JSON text
  Call call{};
};

struct McpBody {
  bool batch = false;  // its answers go back as an array
  std::vector<McpMessage> messages{};
};

// An invalid body: answered with this HTTP status and this body, a JSON-RPC error.
struct McpRefusal {
  int status = 400;
  std::string answer{};
};

// `version` is the header MCP-Protocol-Version, `content_encoding` Content-Encoding, "" when
// absent; the version does not count where one is still to be agreed on, and the encoding only
// explains why a body cannot be read. A script's failure is no refusal.
boost::system::result<McpBody, McpRefusal> read_mcp(std::string_view body, std::string_view version,
                                                    const McpServer& server,
                                                    std::string_view content_encoding = {});

// The response to the call with this id and outcome. Our own faults are results as well, so that a
// model can read them and try again: JSON-RPC's errors are for invalid calls.
std::string mcp_result(std::string_view id, const Outcome& outcome);

// A JSON-RPC error that belongs to no request.
std::string mcp_error(int code, std::string_view text);

// Whether a page of this origin may speak MCP: those of this machine and the named ones may. "" is
// a request that no page sends. Otherwise any page could, through its reader's browser (DNS
// rebinding).
bool mcp_origin_allowed(std::string_view origin, const std::vector<std::string>& allowed);

}  // namespace executor
