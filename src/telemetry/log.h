// The service's log: one line for each request to run something, and one for everything that goes
// wrong. Never a script or its output. The only file that includes spdlog.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace executor {

enum class LogFormat : std::uint8_t {
  kText,  // time, level, "run", name=value ...
  kJson,  // one object a line
};

// The log record of one request to run something. What is not known is empty or 0.
struct RequestRecord {
  std::string id;
  std::size_t entry = 0;  // which of the request's runs, from 1; 0: it has no others
  std::string client;     // its address
  std::string key;        // the name that goes with its API key
  std::string dialect;    // "script" or "code"
  std::string outcome;    // "returned", "cancelled", or the contract's error_type
  std::string detail;     // of an internal error: what the answer does not say
  std::string set;        // the preload set that ran it
  int status = 0;         // HTTP; 499 when the client was gone
  double queue_ms = 0, start_ms = 0, run_ms = 0;
  double timeout_ms = 0;
  std::size_t memory_limit_bytes = 0;
  std::size_t body_bytes = 0, source_bytes = 0;  // received
  // sent
  std::size_t stdout_bytes = 0, stderr_bytes = 0, result_bytes = 0, answer_bytes = 0;
  std::string evidence;           // of the outcome
  double peak_mb = 0, cpu_s = 0;  // what the run has used
};

// Writes to standard error. Safe for use by several threads, none of which blocks on a slow reader:
// lines for which there is no room are lost.
class Log {
 public:
  explicit Log(LogFormat format = LogFormat::kText);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void request(const RequestRecord& record);
  void info(const std::string& text);
  void warning(const std::string& text);
  void error(const std::string& text);

  // How many lines were lost so far.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace executor
