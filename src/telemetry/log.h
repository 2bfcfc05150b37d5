// The service's log: one line for each run, and one for everything that goes wrong. Never a script
// or its output. The only file that includes spdlog.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace executor {

// What is said of one run. Sizes in bytes.
struct RunRecord {
  std::string request_id;
  std::string dialect;  // "function" or "program"
  std::string outcome;  // "returned", or the contract's error_type
  std::string detail;   // of an internal error: what the answer does not say
  std::string set;      // the preload set
  int status = 0;       // HTTP
  double queue_ms = 0, start_ms = 0, run_ms = 0;
  std::size_t source_bytes = 0, answer_bytes = 0;
};

// Writes to standard error. Safe for use by several threads.
class Log {
 public:
  Log();
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void run(const RunRecord& record);
  void info(const std::string& text);
  void warning(const std::string& text);
  void error(const std::string& text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace executor
