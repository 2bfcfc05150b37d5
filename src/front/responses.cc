#include "front/responses.h"

#include <cstdio>
#include <utility>

namespace executor {
namespace {

constexpr const char* kRetryAfterSeconds = "1";

// https://www.w3.org/TR/server-timing/
std::string server_timing(const Timings& timings) {
  char text[128];
  std::snprintf(text, sizeof text, "queue;dur=%.3f, start;dur=%.3f, run;dur=%.3f",
                milliseconds(timings.queue), milliseconds(timings.start),
                milliseconds(timings.run));
  return text;
}

}  // namespace

Response to_response(Answer answer) {
  return {.status = answer.status, .body = std::move(answer.body), .headers = {}};
}

Response wrong_method(const char* allowed) {
  Response response = to_response(render_error(405, "method_not_allowed", "Method not allowed"));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Outcome outcome_of(Refusal refused) {
  Outcome outcome;
  outcome.ending = Ending::kBadRequest;
  outcome.error = std::move(refused.error);
  outcome.detail = std::move(refused.detail);
  outcome.hint = std::move(refused.hint);
  outcome.warnings = std::move(refused.warnings);
  return outcome;
}

void add_headers(Response& response, const Execution& execution) {
  response.headers.emplace_back("Server-Timing", server_timing(execution.timings));
  const Ending ending = execution.outcome.ending;
  if (ending == Ending::kOverloaded || ending == Ending::kShuttingDown) {
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
}

Response render_execution(Dialect dialect, const Execution& execution) {
  Response response = to_response(render(dialect, execution.outcome));
  add_headers(response, execution);
  return response;
}

}  // namespace executor
