// POST /mcp: the Model Context Protocol's messages (compat/mcp.h) as requests to run something.
#include "compat/mcp_tool.h"
#include "front/responses.h"
#include "front/routes.h"

namespace executor {
namespace {

Response accepted() {
  return {.status = 202, .body = {}, .headers = {}};
}

Response refused(int status, const char* text) {
  constexpr int kInvalidRequest = -32600;
  return {.status = status, .body = mcp_error(kInvalidRequest, text), .headers = {}};
}

// Keeps what would go to the client: one of several answers of a batch.
class KeptReply : public Reply {
 public:
  void send(const Response& response) override { response_ = response; }
  void begin(const Response& response) override { response_ = response; }
  void add(std::string_view part) override { response_.body += part; }
  bool flush() override { return true; }
  void finish() override {}

  [[nodiscard]] const Response& response() const { return response_; }

 private:
  Response response_;
};

}  // namespace

// Only tools/list shows the description, which may take a run of a script.
McpServer Routes::mcp_server(const RouteOptions& options, std::string_view body) const {
  McpServer server{options.version, {}};
  if (body.find("tools/list") == std::string_view::npos) return server;
  server.description = mcp_description(facts_.get(), options.limits, options.memory);
  return server;
}

void Routes::mcp(Request& request, Reply& reply) const {
  if (turned_away(request, reply)) return;
  const auto options = this->options();
  const ClientOptions& clients = options->clients;
  if (!mcp_origin_allowed(request.origin, clients.origins) &&
      !mcp_origin_allowed(request.origin, clients.cors_origins)) {
    return refuse(request, refused(403, "This origin is not allowed"), RefusalReason::kBadRequest,
                  reply);
  }
  if (!is_json_type(request.content_type)) {
    return refuse(request, refused(415, "Content-Type must be application/json"),
                  RefusalReason::kBadRequest, reply);
  }
  const auto read = read_mcp(request.body, request.mcp_version, mcp_server(*options, request.body),
                             request.encoding);
  if (!read) {
    const Response response{
        .status = read.error().status, .body = read.error().answer, .headers = {}};
    return refuse(request, response, RefusalReason::kBadRequest, reply);
  }
  if (!read->batch) return mcp_message(request, read->messages.front(), options->limits, reply);
  mcp_batch(request, read->messages, options->limits, reply);
}

// One after the other, each sent when it is there: all of them may take longer than nginx waits for
// a part of an answer, and hold more memory than one may.
void Routes::mcp_batch(Request& request, const std::vector<McpMessage>& messages,
                       const RequestLimits& limits, Reply& reply) const {
  bool begun = false;
  for (const McpMessage& message : messages) {
    KeptReply kept;
    mcp_message(request, message, limits, kept);
    request.arrived = Clock::now();  // the next one's queue begins here
    const Response& answer = kept.response();
    if (answer.status == kClientClosedRequest) return begun ? reply.finish() : reply.send(answer);
    if (answer.body.empty()) continue;
    if (!begun) reply.begin({.status = 200, .body = "", .headers = {}});
    reply.add(begun ? ", " : "[");
    begun = true;
    reply.add(answer.body);
    if (!reply.flush()) return reply.finish();  // its reader is gone
  }
  if (!begun) return reply.send(accepted());
  reply.add("]\n");
  reply.finish();
}

void Routes::mcp_message(const Request& request, const McpMessage& message,
                         const RequestLimits& limits, Reply& reply) const {
  switch (message.kind) {
    case McpMessage::Kind::kAnswered:
      return reply.send({.status = 200, .body = message.answer, .headers = {}});
    case McpMessage::Kind::kSilent:
      return reply.send(accepted());
    case McpMessage::Kind::kCall:
      break;
  }
  const auto render = [&message](const Execution& execution) {
    Response response{
        .status = 200, .body = mcp_result(message.id, execution.outcome), .headers = {}};
    add_headers(response, execution);
    return response;
  };
  if (auto wanted = request_of(message.call, limits)) {
    return run(request, std::move(*wanted), render, false, reply);
  } else {
    Execution nothing;
    nothing.outcome = outcome_of(wanted.error());
    refuse(request, render(nothing), RefusalReason::kBadRequest, reply);
  }
}

}  // namespace executor
