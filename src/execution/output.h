// One output pipe of a worker, and what was read from it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/capped_text.h"
#include "base/truncated_text.h"

namespace executor {

// One output pipe of the worker.
struct Output {
  Output(int pipe, std::string_view stream_name, std::size_t limit, bool truncate)
      : fd(pipe), name(stream_name), whole(limit) {
    if (truncate) truncated.emplace(limit);
  }

  // Reads until the pipe is empty or too much was read, but at most `most` bytes: a process that
  // writes without end must not hold us up.
  void read(std::size_t most);
  // Reads what was written before now.
  void read_pending();

  void append(std::string_view bytes) {
    if (truncated) {
      truncated->append(bytes);
    } else {
      whole.append(bytes);
    }
  }
  // Whether the run must end because of it.
  [[nodiscard]] bool too_much() const { return !truncated && whole.exceeded(); }
  [[nodiscard]] bool was_cut() const { return truncated && truncated->exceeded(); }
  [[nodiscard]] std::string text() const { return truncated ? truncated->text() : whole.text(); }
  // Bytes that are held.
  [[nodiscard]] std::size_t size() const { return truncated ? truncated->size() : whole.size(); }
  std::string take_new(bool last) {
    return truncated ? truncated->take_new(last) : whole.take_new(last);
  }

  int fd;
  std::string_view name;
  CappedText whole;
  std::optional<TruncatedText> truncated{};  // instead, where the request asks for that
  bool closed = false;
};

}  // namespace executor
