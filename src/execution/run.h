// One job on one worker: handed over, watched, and ended.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/memory_budget.h"
#include "contract/outcome.h"
#include "contract/request.h"
#include "execution/verdict.h"
#include "execution/worker_handle.h"

namespace executor {

struct RunReport {
  // kInternal with `delivered` false: the worker was dead or unusable before it took the job, which
  // can be given to another.
  Outcome outcome;
  bool delivered = true;
  bool unresponsive = false;  // if not delivered: it was alive but did not take the job in time
  // The directory of the files of a run that has made no claim, if files were asked for; or empty.
  UniqueFd directory{};
  bool awaiting_release = false;  // the worker made its claim and waits to be released
};

// How the worker's process ended, if that is known by the deadline.
using AwaitExit = std::function<std::optional<Exit>(Deadline)>;

// Watches a run from the thread that runs it; must not block.
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

// The surroundings of a run. All must outlive it.
struct RunSurroundings {
  RunObserver* observer = nullptr;  // may be null
  int stop_fd = -1;                 // readable at shutdown, which ends the run; -1: none
  HeldMemory* memory = nullptr;     // counts what is read from the worker; null: not counted
  const JobInputs* own = nullptr;   // this run's inputs in the place of the request's
  // How long the worker may take to accept the job, where no other could take it; empty: as long
  // as Delivery has it.
  std::optional<Clock::duration> hand_over{};
};

// Runs `request` on `worker`, which is used up by it. Returns when the outcome is known, which is
// never later than its timeout by more than the time it takes to notice. `client_fd` is the
// connection to the client (-1: none); closing it cancels the run. The worker's processes may still
// run after the return: the caller must kill the worker.
RunReport run_job(const RunRequest& request, const Worker& worker, const RunLimits& limits,
                  int client_fd, const AwaitExit& await_exit,
                  const RunSurroundings& around = RunSurroundings());

}  // namespace executor
