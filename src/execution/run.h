// One job on one worker: handed over, watched, and ended.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "contract/outcome.h"
#include "contract/request.h"
#include "execution/verdict.h"
#include "execution/worker.h"

namespace executor {

// A worker that does not take its job within this is given up; one that is ready sooner.
inline constexpr std::chrono::seconds kHandOverLimit{3};
inline constexpr std::chrono::seconds kReadyHandOverLimit{1};

struct RunReport {
  // kInternal with `delivered` false: the worker was dead or unfit before it took the job, which
  // can be given to another.
  Outcome outcome;
  bool delivered = true;
  bool mute = false;     // then: it did not take it in time, for reasons of its own
  bool orderly = false;  // the worker made its claim and waits to be let go
};

// How the worker's process ended, if that is known by the deadline.
using AwaitExit = std::function<std::optional<Exit>(Deadline)>;

// Watches a run from the thread that runs it; must not wait.
class RunObserver {
 public:
  RunObserver() = default;
  RunObserver(const RunObserver&) = delete;
  RunObserver& operator=(const RunObserver&) = delete;
  virtual ~RunObserver() = default;

  // The worker has the job.
  virtual void started() = 0;
  // The script has written `text`, valid UTF-8, to `stream`, "stdout" or "stderr". All texts of a
  // stream together are what the outcome holds of it, but for a traceback at the end of stderr.
  virtual void wrote(std::string_view stream, const std::string& text) = 0;
};

// Runs `job` on `worker`, which is used up by it. Returns when the outcome is known, which is never
// later than the job's timeout by more than the time it takes to notice. `client_fd` is the
// connection to the client (-1: none); its end ends the run, and so does it when `stop_fd` (-1:
// none) becomes readable: the service goes. What the worker's processes still do
// after the return is nobody's: kill the worker.
RunReport run_job(const Job& job, const Worker& worker, const RunLimits& limits, int client_fd,
                  const AwaitExit& await_exit, RunObserver* observer = nullptr, int stop_fd = -1);

}  // namespace executor
