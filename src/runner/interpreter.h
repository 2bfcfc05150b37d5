// CPython, embedded; its users need no Python.h. All calls into Python go through the harness
// (src/harness), which is compiled into the runner.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "wire/claim.h"
#include "wire/control.h"
#include "wire/job.h"

namespace executor {

class Interpreter {
 public:
  // Starts Python in this process with the environment that it finds, loads the harness, imports
  // `setup.preload` and makes the heap ready for cloning: from then on only jobs may allocate. Call
  // once, in a single-threaded process; it cannot be undone.
  static Result<Interpreter> start(const Setup& setup);

  // In a freshly cloned process: gives it randomness of its own and refreshes what a clone without
  // atfork handlers leaves stale.
  void fresh_process();

  // Changes HOME and TMPDIR, which differ for each worker where it has no root of its own, and has
  // programs that it starts load `library` (runner/preloaded.cc).
  void move_home(const std::string& home, const std::string& temporary, const std::string& library);

  // Runs a trivial script through the path that a job takes, so that a job finds its pages mapped.
  // Leaves no trace. `source` instead of the trivial one where it is not empty.
  void warm_up(const std::string& source = {});

  // Runs a job, whose files are there already, and says how it ended. Never throws. `max_result` is
  // in bytes of JSON.
  Claim execute(const Job& job, std::uint64_t max_result);

  // "3.11.2"
  [[nodiscard]] static std::string version();

 private:
  Interpreter() = default;
};

}  // namespace executor
