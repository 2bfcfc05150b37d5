// The tool that models call: its description, its arguments as a request, a run as its result.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "compat/call.h"
#include "compat/runtime_facts.h"
#include "contract/outcome.h"
#include "contract/request.h"

namespace executor {

inline constexpr std::string_view kMcpToolName = "run_python_code";

// What the model must know about the tool: what is installed, what is missing, and the limits.
std::string mcp_description(const RuntimeFacts& facts, const RequestLimits& limits,
                            std::uint64_t memory_bytes);

// The tool as tools/list shows it, a JSON object.
std::string mcp_tool(std::string_view description);

// `arguments` is the text of a JSON object, or "". What is wrong with them is found by
// parse_request().
Call mcp_call(std::string_view arguments);

// The result of a call, a JSON object.
std::string mcp_tool_result(const Outcome& outcome);

}  // namespace executor
