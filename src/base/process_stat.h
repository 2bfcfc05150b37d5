// What /proc tells of a process as a whole, for whoever may see it at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace executor {

// The fields of /proc/PROCESS/stat behind the name; `process` is a number or "self". Empty when the
// process is gone or hidden.
class ProcessStat {
 public:
  explicit ProcessStat(const std::string& process);

  [[nodiscard]] bool empty() const { return fields_.empty(); }
  // A field by its number in proc(5), from 3 on; 0 where it is missing or no number.
  [[nodiscard]] double number(std::size_t field) const;
  // As in proc(5): R, S, D, T ...; 0 when the process is gone.
  [[nodiscard]] char state() const { return fields_.empty() ? '\0' : fields_.front().front(); }

 private:
  std::vector<std::string> fields_;
};

// Whether a process gets on with something.
struct Activity {
  bool runnable = false;        // or waits for a disk: not for anything that others could do for it
  std::uint64_t cpu_ticks = 0;  // used so far
};

// Empty when the process is gone or hidden.
std::optional<Activity> activity_of(int process);

// -1 when the process is gone or hidden.
int parent_of(int process);

}  // namespace executor
