// Starting other programs. The only file that includes Boost.Process.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"

namespace executor {

// A started program. Its destructor waits for its end, and kills it if that takes too long.
class Process {
 public:
  // Starts `command` (program first, an absolute path) in a session of its own, with an empty
  // signal mask, an empty environment, `standard_input` as descriptor 0, `extra` as descriptor 3
  // and our own 1 and 2; with no other descriptor. Both descriptors stay the caller's.
  static Result<Process> start(const std::vector<std::string>& command, int standard_input,
                               int extra);
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  [[nodiscard]] pid_t pid() const;
  // Waits for it to exit, sends SIGTERM after `patience`, SIGKILL after the same time again, and
  // reaps it.
  void end(Clock::duration patience);

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Standard output of a short-lived program, its standard error included; a failure unless it exits
// with status 0.
Result<std::string> output_of(const std::vector<std::string>& command);

}  // namespace executor
