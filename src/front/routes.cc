#include "front/routes.h"

#include <cstdio>
#include <exception>
#include <new>

#include "contract/render.h"
#include "front/event_stream.h"

namespace executor {
namespace {

constexpr const char* kRetryAfterSeconds = "1";
// nginx's status, for the log, where nobody is left to be answered.
constexpr int kClientClosedRequest = 499;

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

void add_execution(RequestRecord& record, const Execution& execution) {
  const Outcome& outcome = execution.outcome;
  record.outcome = outcome_word(outcome.ending);
  if (outcome.ending == Ending::kInternal) record.detail = outcome.error;
  record.set = execution.set;
  record.queue_ms = milliseconds(execution.timings.queue);
  record.start_ms = milliseconds(execution.timings.start);
  record.run_ms = milliseconds(execution.timings.run);
  record.out = outcome.out.size();
  record.err = outcome.err.size();
  record.result = outcome.result_json.size();
}

RequestRecord record_of(const Request& request, const Job& job, const Execution& execution,
                        const Response& response) {
  RequestRecord record;
  record.id = request.id;
  record.memory_limit = execution.memory_limit;
  record.dialect = job.dialect == Dialect::kFunction ? "function" : "program";
  record.status = response.status;
  record.timeout_ms = job.timeout.count() * 1000;
  record.body = request.body.size();
  record.source = job.source.size();
  record.answer = response.body.size();
  add_execution(record, execution);
  return record;
}

}  // namespace

void Routes::serve(const Request& request, Reply& reply) const {
  try {
    dispatch(request, reply);
  } catch (
      const std::exception& error) {  // std::bad_alloc, for one: this request's, not the next's
    log_.error("request " + request.id + ": " + error.what());
    metrics_.count_refusal(RefusalReason::kInternal);
    Execution nothing;
    nothing.outcome.error = internal_error_text();
    reply.send(render_execution(Dialect::kFunction, nothing));
  }
}

void Routes::dispatch(const Request& request, Reply& reply) const {
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (request.route == "execute") {
    execute(request, reply);
  } else if (request.route == "health") {
    reply.send(get ? health(request) : wrong_method("GET, HEAD"));
  } else if (request.route == "metrics") {
    reply.send(get ? metrics() : wrong_method("GET, HEAD"));
  } else {
    reply.send(to_response(render_error(404, "Not found")));
  }
}

void Routes::execute(const Request& request, Reply& reply) const {
  if (request.method != "POST") {
    refuse(request, wrong_method("POST"), RefusalReason::kWrongMethod, reply);
  } else if (request.out_of_memory) {
    throw std::bad_alloc();
  } else if (request.on_reserve) {
    Execution nothing;
    nothing.outcome.ending = Ending::kOverloaded;
    nothing.outcome.error = capacity_text();
    refuse(request, render_execution(Dialect::kFunction, nothing), RefusalReason::kOverloaded,
           reply);
  } else if (request.body_too_large) {
    refuse(request, to_response(render_error(413, "Request body too large")),
           RefusalReason::kBodyTooLarge, reply);
  } else if (const auto job = parse_request(request.content_type, request.body, limits())) {
    run(request, *job, reply);
  } else {
    Execution nothing;
    nothing.outcome = refusal(job.error().error);
    refuse(request, render_execution(Dialect::kFunction, nothing), RefusalReason::kBadRequest,
           reply);
  }
}

void Routes::set_limits(const RequestLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

RequestLimits Routes::limits() const {
  const std::lock_guard lock(mutex_);
  return limits_;
}

void Routes::refuse(const Request& request, const Response& response, RefusalReason reason,
                    Reply& reply) const {
  reply.send(response);
  metrics_.count_refusal(reason);
  RequestRecord record;
  record.id = request.id;
  record.outcome = reason_word(reason);
  record.status = response.status;
  record.body = request.body.size();
  record.answer = response.body.size();
  log_.request(record);
}

void Routes::run(const Request& request, const Job& job, Reply& reply) const {
  EventStream events(reply);
  RunObserver* const observer = asks_for_events(request.accept) ? &events : nullptr;
  const Execution execution = service_.execute(job, request.connection, observer);
  Response response;
  if (execution.outcome.ending == Ending::kCancelled) {
    Execution gone;
    gone.outcome = refusal("Client closed the connection");
    // To nobody; libfcgi wants its request finished.
    reply.send(render_execution(job.dialect, gone));
    response.status = kClientClosedRequest;
  } else {
    response = render_execution(job.dialect, execution);
    if (events.begun()) {
      events.finish(response, execution.timings);
    } else {
      reply.send(response);
    }
  }
  count(job.dialect, execution);
  log_.request(record_of(request, job, execution, response));
}

void Routes::count(Dialect dialect, const Execution& execution) const {
  const Timings& timings = execution.timings;
  const Ending ending = execution.outcome.ending;
  if (execution.set.empty()) {
    metrics_.count_unserved(ending, seconds(timings.queue));
  } else {
    metrics_.count_run(dialect, ending,
                       {seconds(timings.queue), seconds(timings.start), seconds(timings.run)});
  }
}

Response Routes::health(const Request& request) const {
  const std::string trouble =
      request.on_reserve ? "the responder has no descriptors left" : service_.trouble();
  if (trouble.empty()) return {.status = 200, .body = "{\"status\": \"healthy\"}\n", .headers = {}};
  return to_response(render_unhealthy(trouble));
}

Response Routes::metrics() const {
  ServiceState state = service_.state();
  state.log_lines_lost = log_.lost();
  return {.status = 200,
          .body = metrics_.text(state),
          .headers = {},
          .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

}  // namespace executor
