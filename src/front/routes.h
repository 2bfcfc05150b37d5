// HTTP's view of the service: which request is answered by what. The only room that knows both
// requests and jobs.
#pragma once

#include <mutex>

#include "contract/request.h"
#include "execution/service.h"
#include "front/fastcgi.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace executor {

class Routes {
 public:
  // All references outlive the object.
  Routes(Service& service, Log& log, Metrics& metrics, const RequestLimits& limits)
      : service_(service), log_(log), metrics_(metrics), limits_(limits) {}

  // Answers one request. Never throws: what goes wrong here is answered as `internal` and logged.
  void serve(const Request& request, Reply& reply) const;

  // From the next request on. For any thread.
  void set_limits(const RequestLimits& limits);

 private:
  [[nodiscard]] RequestLimits limits() const;
  void dispatch(const Request& request, Reply& reply) const;
  void execute(const Request& request, Reply& reply) const;
  void run(const Request& request, const Job& job, Reply& reply) const;
  void refuse(const Request& request, const Response& response, RefusalReason reason,
              Reply& reply) const;
  void count(Dialect dialect, const Execution& execution) const;
  [[nodiscard]] Response health(const Request& request) const;
  [[nodiscard]] Response metrics() const;

  Service& service_;
  Log& log_;
  Metrics& metrics_;
  mutable std::mutex mutex_;
  RequestLimits limits_;
};

}  // namespace executor
