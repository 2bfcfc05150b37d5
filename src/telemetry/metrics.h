// Prometheus metrics: counters and histograms of events, and a snapshot of the service's state. The
// only file that includes prometheus-cpp. Knows no processes and no HTTP.
//
// Every counter exists from the start, so that counting is an atomic addition (and a histogram's
// own short lock): no request waits for another, or for a reader of the metrics.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "contract/outcome.h"

namespace executor {

// One preload set at this moment; counts are since the start of the service.
struct SetState {
  std::string name;
  std::string python;                // its version; empty before the first zygote is ready
  std::string tier;                  // of isolation, as attested; empty when it is not
  std::uint64_t ready = 0;           // workers that wait for a job
  std::uint64_t busy = 0;            // workers that have one
  bool attested = false;             // the sandbox of one zygote, and so whether the set serves
  bool starting = false;             // no zygote of it has been attested, or has failed, yet
  double attested_seconds_ago = -1;  // since the oldest last attestation; negative before the first
  std::uint64_t zygotes = 0;         // that are attested, and serve
  std::uint64_t zygote_starts = 0;   // successful ones
  std::uint64_t zygote_losses = 0;   // starts that failed and zygotes that ended unasked
  std::uint64_t failed_workers = 0;  // that could not be made or sealed
  std::uint64_t ended_workers = 0;   // whose end the zygote has reported
  std::uint64_t page_faults = 0;     // of those
  // Of the zygote's start, in seconds: until its jail is made, until Python is ready, and until the
  // sandbox is attested.
  double jail_seconds = 0, python_seconds = 0, attestation_seconds = 0;
};

struct ServiceState {
  std::uint64_t slots = 0;    // runs that are allowed at once
  std::uint64_t running = 0;  // slots that are taken
  std::uint64_t waiting = 0;  // requests in the queue
  std::vector<SetState> sets;
  std::uint64_t log_lines_lost = 0;  // since the start
};

// A job's times in seconds.
struct JobTimes {
  double queue = 0, start = 0, run = 0;
};

// Why a request did not lead to a run.
enum class RefusalReason : std::uint8_t {
  kWrongMethod,
  kBodyTooLarge,
  kBadRequest,
  kOverloaded,
  kShuttingDown,
  kInternal,
};

// "returned", the contract's error_type, or "cancelled": what logs and metrics call an ending.
std::string_view name_of(Ending ending);

// "bad_request", "overloaded", ...
std::string_view name_of(RefusalReason reason);

class Metrics {
 public:
  explicit Metrics(const std::string& version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // A job that ran, however it ended.
  void count_run(Dialect dialect, Ending ending, Evidence evidence, const JobTimes& times);
  // What a run has used, when that is known.
  void count_cpu(double seconds);
  // A job that got no slot in `queue_seconds`, or whose client went away before it did.
  void count_unserved(Ending ending, double queue_seconds);
  // A request that never became a job.
  void count_refusal(RefusalReason reason);

  // Everything, in Prometheus' text format (version 0.0.4).
  [[nodiscard]] std::string text(const ServiceState& state) const;

 private:
  struct Instruments;
  std::unique_ptr<Instruments> instruments_;
};

}  // namespace executor
