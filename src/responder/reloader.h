// Reading the configuration again while the service runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <mutex>

#include "base/memory_budget.h"
#include "base/result.h"
#include "config/config.h"
#include "execution/service.h"
#include "front/fastcgi.h"
#include "front/routes.h"
#include "telemetry/log.h"

namespace executor {

// What the rooms get of a configuration, at the start and after a reload.
RouteOptions route_options(const Config& config);
// How many requests may have a body in memory: half of the spare threads are left for /health and
// for refusals, however many bodies wait.
std::size_t requests_at_once(const Config& config);

// Everything that a reload involves, and the thread that does it: signals are handled meanwhile.
class Reloader {
 public:
  using Read = std::function<Result<Command>()>;
  // `config` is that of the start. The others outlive the object.
  Reloader(Read read, Config config, Service& service, FastCgiServer& server, MemoryBudget& memory,
           Routes& routes, Log& log);

  // Whether a reload is under way.
  [[nodiscard]] bool busy() const;
  // From now on nothing is changed any more.
  void close();
  // Reads the configuration, or where that is under way already, reads it again after that.
  void begin();

 private:
  void reload();
  bool go_on();
  Result<void> read_and_apply();
  Result<void> grow(std::uint32_t threads);
  void report(const Failure& why) const;

  Read read_;
  Config config_;
  Service& service_;
  FastCgiServer& server_;
  MemoryBudget& memory_;
  Routes& routes_;
  Log& log_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  bool running_ = false;
  bool again_ = false;  // what to do once it is done
  std::future<void> thread_;
};

}  // namespace executor
