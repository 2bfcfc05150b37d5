// Writes lines to a descriptor from a thread of its own, so that callers never block on a slow
// reader: a pipe that is not drained, a stopped terminal, a disk that hangs. Lines that do not fit
// or cannot be written are lost and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace executor {

class LineWriter {
 public:
  // Writes to `fd`, which stays the caller's, and buffers at most `capacity` bytes. Construct it in
  // a thread that blocks the signals that the process handles in another thread.
  explicit LineWriter(int fd, std::size_t capacity = 1U << 20);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  // Allows a second for the buffered lines to be written. A thread that still writes then is left
  // running until the process exits.
  ~LineWriter();

  // Takes a line, its line feed included. False when there is no room for it. Never blocks; may be
  // called by any thread.
  bool write(std::string line);
  // How many lines were lost so far.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  struct State;  // shared with the thread, which may outlive the object
  std::shared_ptr<State> state_;
};

}  // namespace executor
