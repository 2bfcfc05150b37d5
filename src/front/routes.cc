#include "front/routes.h"

#include <algorithm>
#include <exception>
#include <new>

#include "contract/render.h"
#include "front/accept.h"
#include "front/event_stream.h"
#include "front/responses.h"

namespace executor {
namespace {

void add_execution(RequestRecord& record, const Execution& execution) {
  const Outcome& outcome = execution.outcome;
  record.outcome = name_of(outcome.ending);
  if (outcome.ending == Ending::kInternal) record.detail = outcome.error;
  record.set = execution.set;
  record.queue_ms = milliseconds(execution.timings.queue);
  record.start_ms = milliseconds(execution.timings.start);
  record.run_ms = milliseconds(execution.timings.run);
  record.stdout_bytes = outcome.out.size();
  record.stderr_bytes = outcome.err.size();
  record.result_bytes = outcome.result_json.size();
  record.evidence = name_of(outcome.evidence);
}

Caller caller_of(const Request& request) {
  return {.connection = request.connection, .key = request.key, .arrived = request.arrived};
}

constexpr double kMegabyte = 1 << 20;

// The run's usage once its process has ended, and the highest values that were seen before.
void add_usage(RequestRecord& record, std::optional<std::uint64_t> peak,
               const std::optional<Exit>& exit) {
  if (exit) peak = std::max(peak, exit->peak);
  record.peak_mb = static_cast<double>(peak.value_or(0)) / kMegabyte;
  if (exit) record.cpu_s = std::chrono::duration<double>(exit->cpu).count();
}

// What is known about every request.
RequestRecord record_of(const Request& request, const Response& response) {
  RequestRecord record;
  record.id = request.id;
  record.client = request.client;
  record.key = request.key;
  record.status = response.status;
  record.body_bytes = request.body_size;
  record.answer_bytes = response.body.size();
  return record;
}

RequestRecord record_of(const Request& request, const RunRequest& run, const Execution& execution,
                        const Response& response) {
  RequestRecord record = record_of(request, response);
  record.memory_limit_bytes = execution.memory_limit;
  record.dialect = name_of(run.job.dialect);
  record.timeout_ms = run.timeout.count() * 1000;
  record.source_bytes = run.job.source.size();
  add_execution(record, execution);
  return record;
}

}  // namespace

void Routes::serve(Request& request, Reply& reply) const {
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

void Routes::dispatch(Request& request, Reply& reply) const {
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (request.route == "execute") {
    execute(request, reply);
  } else if (request.route == "mcp" && options()->clients.mcp) {
    mcp(request, reply);
  } else if (request.route == "compat") {
    compat(request, reply);
  } else if (request.route == "health") {
    reply.send(get ? health(request) : wrong_method("GET, HEAD"));
  } else if (request.route == "runtime") {
    reply.send(get ? runtime() : wrong_method("GET, HEAD"));
  } else if (request.route == "metrics") {
    reply.send(get ? metrics() : wrong_method("GET, HEAD"));
  } else {
    reply.send(to_response(render_error(404, "not_found", "Not found")));
  }
}

bool Routes::turned_away(const Request& request, Reply& reply) const {
  if (request.method != "POST") {
    refuse(request, wrong_method("POST"), RefusalReason::kWrongMethod, reply);
  } else if (request.out_of_memory) {
    throw std::bad_alloc();
  } else if (request.on_reserve || request.at_capacity) {
    Execution nothing;
    nothing.outcome.ending = Ending::kOverloaded;
    nothing.outcome.error = capacity_text();
    refuse(request, render_execution(Dialect::kFunction, nothing), RefusalReason::kOverloaded,
           reply);
  } else if (request.body_too_large) {
    refuse(request, to_response(render_error(413, "body_too_large", "Request body too large")),
           RefusalReason::kBodyTooLarge, reply);
  } else {
    return false;
  }
  return true;
}

void Routes::execute(Request& request, Reply& reply) const {
  if (turned_away(request, reply)) return;
  auto parsed =
      parse_request(request.content_type, request.body, options()->limits, request.encoding);
  if (!parsed) {
    Execution nothing;
    nothing.outcome = outcome_of(parsed.error());
    return refuse(request, render_execution(Dialect::kFunction, nothing),
                  RefusalReason::kBadRequest, reply);
  }
  // What it asks for is in `parsed` now.
  request.body = std::string();
  (void)request.memory.resize(memory_of(*parsed));
  if (!parsed->runs.empty()) return run_all(request, *parsed, reply);
  const auto render = [dialect = parsed->job.dialect](const Execution& execution) {
    return render_execution(dialect, execution);
  };
  run(request, std::move(*parsed), render, asks_for_events(request.accept), reply);
}

void Routes::set_options(RouteOptions options) {
  {
    const std::lock_guard lock(mutex_);
    options_ = std::make_shared<const RouteOptions>(std::move(options));
  }
  facts_.forget();
  runtime_.forget();
}

std::shared_ptr<const RouteOptions> Routes::options() const {
  const std::lock_guard lock(mutex_);
  return options_;
}

void Routes::refuse(const Request& request, const Response& response, RefusalReason reason,
                    Reply& reply) const {
  reply.send(response);
  metrics_.count_refusal(reason);
  RequestRecord record = record_of(request, response);
  record.outcome = name_of(reason);
  log_.request(record);
}

// An answer for which there is no room becomes that of a request for which there was none. That of
// a client that has left is not sent, but libfcgi needs its request finished.
Response Routes::answer_of(const Render& render, Execution& execution, std::size_t copies) {
  Outcome& outcome = execution.outcome;
  if (outcome.ending == Ending::kCancelled) {
    Execution gone;
    gone.outcome = outcome_of({"Client closed the connection", {}, {}});
    Response response = render(gone);
    response.status = kClientClosedRequest;
    return response;
  }
  if (!execution.memory.resize(content_size(outcome) + copies * answer_size(outcome))) {
    outcome = Outcome();
    outcome.ending = Ending::kOverloaded;
    outcome.error = capacity_text();
    (void)execution.memory.resize(0);
  }
  return render(execution);
}

void Routes::run(const Request& request, RunRequest wanted, const Render& render, bool as_events,
                 Reply& reply) const {
  EventStream events(reply);
  Execution execution = service_.execute(wanted, caller_of(request), as_events ? &events : nullptr);
  execution.outcome.warnings = wanted.warnings;
  execution.outcome.show_usage = wanted.usage;
  Response response = answer_of(render, execution, as_events ? 2 : 1);
  RequestRecord record = record_of(request, wanted, execution, response);
  count(wanted.job.dialect, execution);
  drop_contents(execution.outcome);
  wanted = RunRequest();  // the reply gives its memory back
  if (events.begun() && response.status != kClientClosedRequest) {
    events.finish(response, execution.timings);
  } else {
    reply.send(response);
  }
  log(std::move(record), execution);
}

void Routes::run_all(const Request& request, const RunRequest& wanted, Reply& reply) const {
  RunsAnswer answer(reply, request.connection, wanted.runs.size());
  const auto render = [&wanted](const Execution& execution) {
    return render_execution(wanted.job.dialect, execution);
  };
  const auto done = [&](std::size_t index, Execution execution) {
    try {
      finish(request, wanted, index, std::move(execution), answer);
    } catch (const std::exception& error) {  // as in serve(): else it would end the process
      log_.error("request " + request.id + ": " + error.what());
      Execution nothing;
      nothing.outcome.error = internal_error_text();
      answer.put(index, render(nothing), {});
    }
  };
  auto refused =
      service_.execute_all(wanted, caller_of(request), done, [&answer] { answer.keep_alive(); });
  if (!refused) return answer.finish(wanted.warnings);
  refused->outcome.warnings = wanted.warnings;
  const Response response = answer_of(render, *refused, 1);
  count(wanted.job.dialect, *refused);
  reply.send(response);
  log(record_of(request, wanted, *refused, response), *refused);
}

void Routes::finish(const Request& request, const RunRequest& wanted, std::size_t index,
                    Execution execution, RunsAnswer& answer) const {
  const auto render = [&wanted](const Execution& one) {
    return render_execution(wanted.job.dialect, one);
  };
  execution.outcome.warnings = wanted.runs[index].warnings;
  execution.outcome.show_usage = wanted.usage;
  Response response = answer_of(render, execution, 1);
  RequestRecord record = record_of(request, wanted, execution, response);
  record.entry = index + 1;
  count(wanted.job.dialect, execution);
  drop_contents(execution.outcome);
  HeldMemory memory = std::move(execution.memory);
  (void)memory.resize(response.body.size());
  log(std::move(record), execution);
  // Its worker ends before its slot is the next one's: a destructor's order, not an assignment's.
  { const Execution ended = std::move(execution); }
  answer.put(index, std::move(response), std::move(memory));
}

// What the run has used is known when its worker has ended, which is after this thread's work.
void Routes::log(RequestRecord record, Execution& execution) const {
  if (!execution.lease) return log_.request(record);
  const auto peak =
      std::max(execution.outcome.usage.peak_memory, execution.lease.worker().cgroup.peak_memory());
  // Both outlive the service, and so the call.
  execution.lease.on_exit([&log = log_, &metrics = metrics_, record = std::move(record),
                           peak](const std::optional<Exit>& exit) mutable {
    add_usage(record, peak, exit);
    metrics.count_cpu(record.cpu_s);
    log.request(record);
  });
}

void Routes::count(Dialect dialect, const Execution& execution) const {
  const Timings& timings = execution.timings;
  const Ending ending = execution.outcome.ending;
  if (execution.set.empty()) {
    metrics_.count_unserved(ending, seconds(timings.queue));
  } else {
    metrics_.count_run(dialect, ending, execution.outcome.evidence,
                       {seconds(timings.queue), seconds(timings.start), seconds(timings.run)});
  }
}

Response Routes::health(const Request& request) const {
  std::string trouble = service_.unhealthy_reason();
  if (service_.is_draining()) trouble = "the service is stopping";
  if (request.on_reserve) trouble = "the responder has no descriptors left";
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

Response Routes::runtime() const {
  const auto current = options();
  std::string body = runtime_.body(current->limits, current->version);
  if (!body.empty()) return {.status = 200, .body = std::move(body), .headers = {}};
  Execution nothing;
  nothing.outcome.ending = Ending::kOverloaded;
  nothing.outcome.error = capacity_text();
  return render_execution(Dialect::kFunction, nothing);
}

}  // namespace executor
