// Where all threads of the FastCGI server wait for their next request.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "base/deadline.h"
#include "base/fd.h"
#include "front/drain.h"
#include "front/stall_detector.h"

namespace executor {

// A request comes on a new connection or on one that nginx has kept. The threads wait for both: one
// at a time, so that a request wakes one and closing wakes all. An idle connection occupies no
// thread. Accepting could not be ended otherwise: shutdown(2) would end it for every process that
// has the socket, and libfcgi repeats what a signal has interrupted.
class AcceptGate {
 public:
  AcceptGate(UniqueFd listener, bool inherited, std::size_t max_undelivered);

  [[nodiscard]] int listener() const { return listener_.get(); }
  [[nodiscard]] Drain& drain() { return drain_; }
  [[nodiscard]] bool inherited() const { return inherited_; }
  [[nodiscard]] bool usable() const;

  // Waits for a request; none when closed. The result is the kept connection that it comes on, or
  // empty: it is on a new one, which another thread or process may be quicker to accept. Match each
  // successful acquire() with a release().
  std::optional<UniqueFd> acquire();
  void release(bool served);
  // Takes an idle connection, on which nginx may send its next request. When there are many, the
  // oldest is closed for it.
  void keep(UniqueFd connection);
  // Closes all idle connections, for their descriptors. False when there were none.
  bool close_idle();
  // One descriptor is kept in reserve, so that when there are no others one thread at a time can
  // still accept a connection, to refuse it. False while another thread has it. release() ends
  // that.
  bool release_reserve_fd();
  [[nodiscard]] Progress progress();
  // Lets no more requests in and closes the idle connections: nginx repeats on a new one what it
  // has sent on them.
  void close();
  // Until the deadline at most, for those inside to be served.
  void await_empty(Deadline deadline);

 private:
  // What is ready, as its number in the set of events; none when closed or when there is nothing
  // within the time. -1: without a limit.
  [[nodiscard]] std::optional<std::uint64_t> await_event(int milliseconds) const;
  UniqueFd take_idle(std::uint64_t number);

  const UniqueFd listener_;
  const UniqueFd wake_;    // eventfd(2), readable once closed
  const UniqueFd events_;  // epoll(7): the listener, wake_ and the idle connections
  UniqueFd reserve_;
  const bool inherited_;
  std::atomic<bool> closed_ = false;
  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::map<std::uint64_t, UniqueFd> idle_;  // by number, the oldest first; none is used again
  std::uint64_t last_number_;
  std::size_t inside_ = 0;
  std::uint64_t served_ = 0;
  Drain drain_;
};

}  // namespace executor
