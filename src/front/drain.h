// Delivers what slow clients have not read yet, from one thread for all of them, so that a request
// whose work is done occupies no server thread, however long its client takes.
#pragma once

#include <cstddef>
#include <cstdint>
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

  // A peer that is still sending must be the first to close: it would get an error instead of the
  // bytes otherwise.
  enum class Close : std::uint8_t { kWhenSent, kAfterPeer };

  // Writes `bytes` to the socket and closes it. Closes it early when nothing was read for five
  // seconds or not everything within a minute, and at once when too much waits already.
  void take(UniqueFd socket, std::string bytes, Close close);
  // Whether so many would be taken now.
  [[nodiscard]] bool has_room(std::size_t bytes);

 private:
  struct Rest {
    UniqueFd socket;
    std::string bytes;
    Close close;
    Deadline progress_by, finish_by;
    std::size_t sent = 0;

    [[nodiscard]] bool is_sent() const { return sent == bytes.size(); }
  };

  void run();
  [[nodiscard]] bool collect();
  static bool is_done(Rest& rest, short events);

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
