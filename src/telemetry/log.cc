#include "telemetry/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace executor {

namespace {

// One entry is one line: what is logged may hold text of others, who could forge a line.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char byte) { return byte < ' ' || byte == 0x7F; }, ' ');
  return text;
}

}  // namespace

struct Log::State {
  std::shared_ptr<spdlog::logger> logger;
};

Log::Log() : state_(std::make_unique<State>()) {
  state_->logger = std::make_shared<spdlog::logger>(
      "python-executor", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  state_->logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
}

Log::~Log() = default;

void Log::run(const RunRecord& record) {
  const auto level = record.outcome == "internal" ? spdlog::level::err : spdlog::level::info;
  state_->logger->log(
      level,
      "run id={} dialect={} outcome={} status={} set={} queue_ms={:.3f} start_ms={:.3f} "
      "run_ms={:.3f} source_bytes={} answer_bytes={}{}{}",
      one_line(record.request_id), record.dialect, record.outcome, record.status, record.set,
      record.queue_ms, record.start_ms, record.run_ms, record.source_bytes, record.answer_bytes,
      record.detail.empty() ? "" : " detail=", one_line(record.detail));
}

void Log::info(const std::string& text) {
  state_->logger->info("{}", one_line(text));
}
void Log::warning(const std::string& text) {
  state_->logger->warn("{}", one_line(text));
}
void Log::error(const std::string& text) {
  state_->logger->error("{}", one_line(text));
}

}  // namespace executor
