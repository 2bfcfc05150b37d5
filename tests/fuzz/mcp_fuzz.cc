// Bodies of POST /mcp. The first line of an input is the protocol version, the rest is the body.
#include "compat/mcp.h"

#include <string>

#include "contract/json_body.h"
#include "contract/json_check.h"
#include "contract/request_body.h"
#include "fuzz/property.h"

namespace executor {
namespace {

bool is_answer(std::string_view text) {
  return is_json(text, kMaxRequestDepth + 2) && text.find("\"jsonrpc\": \"2.0\"") != text.npos;
}

void check_call(const McpMessage& message) {
  must(is_json(message.call.body, kMaxRequestDepth), "a call is JSON");
  Outcome outcome;
  if (const auto run = request_of(message.call, RequestLimits{})) {
    must(run->job.dialect == Dialect::kProgram && run->job.last_value, "a call runs a program");
    must(run->job.variables == message.call.variables, "its variables are passed on");
    outcome.ending = Ending::kReturned;
    outcome.out = run->job.source;
  } else {
    outcome.ending = Ending::kBadRequest;
    outcome.error = run.error().error;
  }
  must(is_answer(mcp_result(message.id, outcome)), "a result is a response");
}

}  // namespace

void check_properties(std::string_view input) {
  std::string_view body = input;
  const std::string_view version = take_until(body, "\n");
  const auto read = read_mcp(body, version, {"1", "what it is"});
  if (!read) {
    must(is_answer(read.error().answer) && read.error().status == 400, "a refusal is a response");
    return;
  }
  const auto json = read_json(body, "");
  must(json.has_value(), "what is read is JSON");
  must(read->batch == json->text().starts_with('['), "an array is a batch");
  must(!read->messages.empty() && read->messages.size() <= 16, "a batch is not large");
  for (const McpMessage& message : read->messages) {
    if (message.kind == McpMessage::Kind::kAnswered) must(is_answer(message.answer), "an answer");
    if (message.kind == McpMessage::Kind::kCall) check_call(message);
  }
}

}  // namespace executor
