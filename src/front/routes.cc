#include "front/routes.h"

#include <cstdio>
#include <exception>

#include "contract/render.h"
#include "front/event_stream.h"

namespace executor {
namespace {

constexpr const char* kRetryAfterSeconds = "1";

Response to_response(Answer answer) {
  return {.status = answer.status, .body = std::move(answer.body), .headers = {}};
}

Response wrong_method(const char* allowed) {
  Response response = to_response(render_error(405, "Method not allowed"));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// https://www.w3.org/TR/server-timing/
std::string server_timing(const Timings& timings) {
  char text[128];
  std::snprintf(text, sizeof text, "queue;dur=%.3f, start;dur=%.3f, run;dur=%.3f",
                milliseconds(timings.queue), milliseconds(timings.start),
                milliseconds(timings.run));
  return text;
}

Outcome refusal(std::string error) {
  Outcome outcome;
  outcome.ending = Ending::kBadRequest;
  outcome.error = std::move(error);
  return outcome;
}

Response render_execution(Dialect dialect, const Execution& execution) {
  Response response = to_response(render(dialect, execution.outcome));
  response.headers.emplace_back("Server-Timing", server_timing(execution.timings));
  const Ending ending = execution.outcome.ending;
  if (ending == Ending::kOverloaded || ending == Ending::kShuttingDown) {
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return response;
}

RunRecord record_of(const Request& request, const Job& job, const Execution& execution,
                    const Response& response) {
  return {.request_id = request.id,
          .dialect = job.dialect == Dialect::kFunction ? "function" : "program",
          .outcome = execution.outcome.ending == Ending::kReturned
                         ? "returned"
                         : std::string(error_type(execution.outcome.ending)),
          .detail = execution.outcome.ending == Ending::kInternal ? execution.outcome.error : "",
          .set = execution.set,
          .status = response.status,
          .queue_ms = milliseconds(execution.timings.queue),
          .start_ms = milliseconds(execution.timings.start),
          .run_ms = milliseconds(execution.timings.run),
          .source_bytes = job.source.size(),
          .answer_bytes = response.body.size()};
}

}  // namespace

void Routes::serve(const Request& request, Reply& reply) const {
  try {
    dispatch(request, reply);
  } catch (
      const std::exception& error) {  // std::bad_alloc, for one: this request's, not the next's
    log_.error("request " + request.id + ": " + error.what());
    Execution nothing;
    nothing.outcome.error = internal_error_text();
    reply.send(render_execution(Dialect::kFunction, nothing));
  }
}

void Routes::dispatch(const Request& request, Reply& reply) const {
  if (request.route == "execute") {
    execute(request, reply);
  } else if (request.route == "health") {
    reply.send(request.method == "GET" || request.method == "HEAD" ? health()
                                                                   : wrong_method("GET, HEAD"));
  } else {
    reply.send(to_response(render_error(404, "Not found")));
  }
}

void Routes::execute(const Request& request, Reply& reply) const {
  if (request.method != "POST") {
    reply.send(wrong_method("POST"));
  } else if (request.body_too_large) {
    reply.send(to_response(render_error(413, "Request body too large")));
  } else if (const auto job = parse_request(request.content_type, request.body, limits_)) {
    run(request, *job, reply);
  } else {
    Execution nothing;
    nothing.outcome = refusal(job.error().error);
    reply.send(render_execution(Dialect::kFunction, nothing));
  }
}

void Routes::run(const Request& request, const Job& job, Reply& reply) const {
  EventStream events(reply);
  RunObserver* const observer = asks_for_events(request.accept) ? &events : nullptr;
  const Execution execution = service_.execute(job, request.connection, observer);
  if (execution.outcome.ending == Ending::kCancelled) {
    Execution gone;
    gone.outcome = refusal("Client closed the connection");
    // To nobody; libfcgi wants its request finished.
    reply.send(render_execution(job.dialect, gone));
    log_.run(
        record_of(request, job, execution, Response{.status = 499, .body = {}, .headers = {}}));
    return;
  }
  const Response response = render_execution(job.dialect, execution);
  if (events.begun()) {
    events.finish(response.body, execution.timings);
  } else {
    reply.send(response);
  }
  log_.run(record_of(request, job, execution, response));
}

Response Routes::health() const {
  const std::string trouble = service_.trouble();
  if (trouble.empty()) return {.status = 200, .body = "{\"status\": \"healthy\"}\n", .headers = {}};
  return to_response(render_unhealthy(trouble));
}

}  // namespace executor
