#include "telemetry/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "telemetry/line_writer.h"

namespace executor {

namespace {

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v";
// %v is the rest of the object.
constexpr const char* kJsonPattern = R"({"time": "%Y-%m-%dT%H:%M:%S.%e%z", "level": "%l", %v})";

bool is_control(unsigned char byte) {
  return byte < ' ' || byte == 0x7F;
}

// One entry is one line: logged text may come from clients, who could otherwise forge a line.
std::string one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  return text;
}

std::string json_string(const std::string& text) {
  std::string json = "\"";
  for (const char c : one_line(to_valid_utf8(text))) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + '"';
}

// Names and values in the syntax of one format.
class Fields {
 public:
  explicit Fields(LogFormat format) : json_(format == LogFormat::kJson) {}

  Fields& add(std::string_view name, const std::string& text) {
    return append(name, json_ ? json_string(text) : one_line(text));
  }
  // With three digits after the point.
  Fields& add(std::string_view name, double number) {
    return append(name, fmt::format("{:.3f}", number));
  }
  template <typename Integer>
  requires std::is_integral_v<Integer> Fields& add(std::string_view name, Integer number) {
    return append(name, std::to_string(number));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  Fields& append(std::string_view name, const std::string& value) {
    if (json_) {
      text_ += fmt::format(R"({}"{}": {})", text_.empty() ? "" : ", ", name, value);
    } else {
      text_ += fmt::format("{}{}={}", text_.empty() ? "" : " ", name, value);
    }
    return *this;
  }

  bool json_;
  std::string text_;
};

Fields fields_of(LogFormat format, const RequestRecord& record) {
  Fields fields(format);
  if (format == LogFormat::kJson) fields.add("event", "run");
  fields.add("id", record.id);
  if (record.entry != 0) fields.add("entry", record.entry);
  if (!record.client.empty()) fields.add("client", record.client);
  if (!record.key.empty()) fields.add("key", record.key);
  fields.add("dialect", record.dialect)
      .add("outcome", record.outcome)
      .add("status", record.status)
      .add("set", record.set)
      .add("queue_ms", record.queue_ms)
      .add("start_ms", record.start_ms)
      .add("run_ms", record.run_ms)
      .add("timeout_ms", record.timeout_ms)
      .add("memory_limit_bytes", record.memory_limit_bytes)
      .add("body_bytes", record.body_bytes)
      .add("source_bytes", record.source_bytes)
      .add("stdout_bytes", record.stdout_bytes)
      .add("stderr_bytes", record.stderr_bytes)
      .add("result_bytes", record.result_bytes)
      .add("answer_bytes", record.answer_bytes)
      .add("evidence", record.evidence)
      .add("peak_mb", record.peak_mb)
      .add("cpu_s", record.cpu_s);
  if (!record.detail.empty()) fields.add("detail", record.detail);  // has blanks: last
  return fields;
}

const char* colour_of(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return "\x1b[1;31m";
  return level == spdlog::level::warn ? "\x1b[1;33m" : "\x1b[32m";
}

// Hands lines over to their writer. On a terminal the level has a colour.
class WriterSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  WriterSink() : coloured_(::isatty(STDERR_FILENO) == 1) {}

  [[nodiscard]] std::uint64_t lost() const { return writer_.lost(); }
  // Whether there was room for the latest line.
  [[nodiscard]] bool has_room() const { return has_room_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    std::string line(text.data(), text.size());
    if (coloured_) {
      line.insert(message.color_range_end, "\x1b[0m");
      line.insert(message.color_range_start, colour_of(message.level));
    }
    has_room_ = writer_.write(std::move(line));
  }
  void flush_() override {}

 private:
  const bool coloured_;
  std::atomic<bool> has_room_{true};
  LineWriter writer_{STDERR_FILENO};
};

}  // namespace

struct Log::State {
  LogFormat format = LogFormat::kText;
  std::shared_ptr<WriterSink> sink = std::make_shared<WriterSink>();
  std::shared_ptr<spdlog::logger> logger;
  std::atomic<std::uint64_t> reported_ = 0;  // lines that are lost

  void message(spdlog::level::level_enum level, const std::string& text) {
    write(level, text);
    tell_of_lost_lines();
  }
  // Once there is room again, the log itself says how many lines it lacks.
  void tell_of_lost_lines() {
    if (!sink->has_room()) return;
    const std::uint64_t lost = sink->lost();
    const std::uint64_t before = reported_.exchange(lost);
    if (lost <= before) return;
    write(spdlog::level::warn, std::to_string(lost - before) +
                                   " lines of the log were dropped: the reader is too slow or "
                                   "writing failed");
  }

 private:
  void write(spdlog::level::level_enum level, const std::string& text) const {
    if (format == LogFormat::kText) {
      logger->log(level, "{}", one_line(text));
    } else {
      const Fields fields = Fields(format).add("event", "message").add("message", text);
      logger->log(level, "{}", fields.text());
    }
  }
};

Log::Log(LogFormat format) : state_(std::make_unique<State>()) {
  state_->format = format;
  state_->logger = std::make_shared<spdlog::logger>("python-executor", state_->sink);
  state_->logger->set_pattern(format == LogFormat::kJson ? kJsonPattern : kTextPattern);
}

Log::~Log() = default;

void Log::request(const RequestRecord& record) {
  const auto level = record.outcome == "internal" ? spdlog::level::err : spdlog::level::info;
  state_->logger->log(level, "{}{}", state_->format == LogFormat::kText ? "run " : "",
                      fields_of(state_->format, record).text());
  state_->tell_of_lost_lines();
}

std::uint64_t Log::lost() const {
  return state_->sink->lost();
}

void Log::info(const std::string& text) {
  state_->message(spdlog::level::info, text);
}
void Log::warning(const std::string& text) {
  state_->message(spdlog::level::warn, text);
}
void Log::error(const std::string& text) {
  state_->message(spdlog::level::err, text);
}

}  // namespace executor
