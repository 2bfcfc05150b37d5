// CPython, embedded. The only file that includes Python.h; everything that is said to Python goes
// through the harness (harness.py), which is compiled into the runner.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "wire/claim.h"
#include "wire/control.h"

namespace executor {

class Interpreter {
 public:
  // Starts Python in this process with the environment that it finds, loads the harness, imports
  // `setup.preload` and makes the heap ready for cloning: nothing more may be allocated than a job
  // needs. Call once, in a single-threaded process; there is no way back.
  static Result<Interpreter> start(const Setup& setup);

  // In a freshly cloned process: gives it randomness of its own and mends what a clone without
  // atfork handlers leaves stale.
  void fresh_process();

  // Changes HOME and TMPDIR, which are one of each worker where it has no root of its own.
  void move_home(const std::string& home, const std::string& temporary);

  // Runs a trivial script through the path that a job takes, so that a job finds its pages mapped.
  // Leaves no trace. `source` instead of the trivial one where it is not empty.
  void warm_up(const std::string& source = {});

  // Runs one script and says how it ended. Never throws. `max_result` is in bytes of JSON.
  Claim execute(std::uint8_t dialect, const std::string& source, std::uint64_t max_result,
                bool images);

  // "3.11.2"
  [[nodiscard]] static std::string version();

 private:
  Interpreter() = default;
};

}  // namespace executor
