// HTTP's view of the service: maps requests to answers. The only room that knows both requests and
// jobs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "compat/adapter.h"
#include "compat/mcp.h"
#include "compat/options.h"
#include "contract/request.h"
#include "execution/service.h"
#include "front/facts.h"
#include "front/fastcgi.h"
#include "front/runs_answer.h"
#include "front/runtime.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace executor {

// What the configuration says of requests.
struct RouteOptions {
  RequestLimits limits;
  ClientOptions clients;
  std::string version;       // of this program
  std::uint64_t memory = 0;  // bytes that a run may have
};

class Routes {
 public:
  // All references outlive the object.
  Routes(Service& service, Log& log, Metrics& metrics, RouteOptions options)
      : service_(service), log_(log), metrics_(metrics), facts_(service), runtime_(service) {
    set_options(std::move(options));
  }

  // Answers one request. Never throws: an error here is answered as `internal` and logged.
  void serve(Request& request, Reply& reply) const;

  // Takes effect with the next request. May be called by any thread.
  void set_options(RouteOptions options);

 private:
  // An execution as its client wants to read it.
  using Render = std::function<Response(const Execution&)>;

  [[nodiscard]] std::shared_ptr<const RouteOptions> options() const;
  void dispatch(Request& request, Reply& reply) const;
  // Answers what cannot be served in any case: another method than POST, a body that is missing.
  bool turned_away(const Request& request, Reply& reply) const;
  void execute(Request& request, Reply& reply) const;
  void compat(const Request& request, Reply& reply) const;
  void translate(const Request& request, const Endpoint& endpoint, const RuntimeFacts& facts,
                 const RouteOptions& options, Reply& reply) const;
  void mcp(Request& request, Reply& reply) const;
  void mcp_batch(Request& request, const std::vector<McpMessage>& messages,
                 const RequestLimits& limits, Reply& reply) const;
  void mcp_message(const Request& request, const McpMessage& message, const RequestLimits& limits,
                   Reply& reply) const;
  [[nodiscard]] McpServer mcp_server(const RouteOptions& options, std::string_view body) const;
  void run(const Request& request, RunRequest wanted, const Render& render, bool as_events,
           Reply& reply) const;
  void run_all(const Request& request, const RunRequest& wanted, Reply& reply) const;
  void finish(const Request& request, const RunRequest& wanted, std::size_t index,
              Execution execution, RunsAnswer& answer) const;
  // What to answer; `copies` is how many of it there may be at once.
  static Response answer_of(const Render& render, Execution& execution, std::size_t copies);
  void refuse(const Request& request, const Response& response, RefusalReason reason,
              Reply& reply) const;
  void log(RequestRecord record, Execution& execution) const;
  void count(Dialect dialect, const Execution& execution) const;
  [[nodiscard]] Response health(const Request& request) const;
  [[nodiscard]] Response metrics() const;
  [[nodiscard]] Response runtime() const;

  Service& service_;
  Log& log_;
  Metrics& metrics_;
  mutable Facts facts_;
  mutable Runtime runtime_;
  mutable std::mutex mutex_;
  std::shared_ptr<const RouteOptions> options_;
};

}  // namespace executor
