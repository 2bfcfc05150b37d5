// Writes lines to a descriptor from a thread of its own, so that whoever has something to say never
// waits for whoever reads it: a pipe that nobody empties, a stopped terminal, a disk that hangs.
// What there is no room for, or cannot be written, is lost and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace executor {

class LineWriter {
 public:
  // Writes to `fd`, which stays the caller's, and holds at most `capacity` bytes that wait. To be
  // made where the signals that the process takes in another thread are blocked.
  explicit LineWriter(int fd, std::size_t capacity = 1U << 20);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  // Gives what waits a second to be written. A thread that still writes then is left to the
  // process's end.
  ~LineWriter();

  // Takes a line, its line feed included. False when there is no room for it. Never blocks; for any
  // thread.
  bool write(std::string line);
  // How many lines were lost so far.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  struct State;  // shared with the thread, which may outlive the object
  std::shared_ptr<State> state_;
};

}  // namespace executor
