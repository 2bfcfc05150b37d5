// Delivers what slow clients have not read yet, from one thread for all of them, so that a request
// whose work is done occupies no server thread, however long its client takes.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"

namespace executor {

class Drain {
 public:
  // At most so many bytes wait at once.
  explicit Drain(std::size_t max_waiting);
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;
  // Tries for a short time to deliver what is left.
  ~Drain();

  // Writes `bytes` to the socket and closes it. Closes it early when nothing was read for five
  // seconds or not everything within a minute, and at once when too much waits already.
  void take(UniqueFd socket, std::string bytes);
  // Whether so many would be taken now.
  [[nodiscard]] bool has_room(std::size_t bytes);

 private:
  struct Rest {
    UniqueFd socket;
    std::string bytes;
    std::size_t sent;
    Deadline progress_by, finish_by;
  };

  void run();
  [[nodiscard]] bool collect();
  static bool is_done(Rest& rest, bool writable);

  const std::size_t max_waiting_;
  UniqueFd wake_;            // eventfd(2)
  std::vector<Rest> rests_;  // the thread's own
  std::mutex mutex_;
  std::vector<Rest> taken_;  // not collected yet
  std::size_t waiting_ = 0;  // bytes, of both
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace executor
