// What /proc says about a process as a whole, where this process may read it at all.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace executor {

// The fields of /proc/PROCESS/stat after the name; `process` is a number or "self". Empty when the
// process is gone or hidden.
class ProcessStat {
 public:
  explicit ProcessStat(const std::string& process);

  [[nodiscard]] bool empty() const { return fields_.empty(); }
  // A field by its number in proc(5), from 3 on; 0 where it is missing or no number.
  [[nodiscard]] double number(std::size_t field) const;
  // The first thread's.
  [[nodiscard]] int nice() const;
  // As in proc(5): R, S, D, T ...; 0 when the process is gone.
  [[nodiscard]] char state() const { return fields_.empty() ? '\0' : fields_.front(); }

 private:
  std::string fields_;  // from the third on, with a space between two
};

// Whether a process is making progress.
struct Activity {
  bool runnable = false;        // or waits for a disk: not for an event that another could cause
  std::uint64_t cpu_ticks = 0;  // used so far
};

// Empty when the process is gone or hidden.
std::optional<Activity> activity_of(int process);

// How long a task has run, and how long it was runnable but had no CPU. Zero where the kernel does
// not report it. `task` is a directory of /proc.
struct Scheduled {
  std::chrono::nanoseconds ran{0};
  std::chrono::nanoseconds waited{0};
};
Scheduled scheduled(const std::string& task);

// -1 when the process is gone or hidden.
int parent_of(int process);

// The process that a pidfd refers to, in our own PID namespace; -1 when it is gone or not in there.
int process_of(int pidfd);

}  // namespace executor
