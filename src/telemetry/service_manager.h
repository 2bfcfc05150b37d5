// The service manager that has started this process, where there is one: what it passes, and what
// it wants to hear. The only file that includes libsystemd. Without a service manager nothing here
// does anything. Never tells it anything about scripts.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/fd.h"
#include "base/result.h"

namespace executor {

// The listening socket that was passed (LISTEN_FDS, sd_listen_fds(3)); empty when none was. More
// than one, or what is no listening stream socket, is a failure. Once only.
Result<UniqueFd> inherited_socket();

// The service can run scripts (sd_notify(3)).
void notify_ready();
// It takes no more of them, and ends within `grace`, whatever the manager's own patience is.
void notify_stopping(std::chrono::duration<double> grace);

// Tells the service manager again and again that the service works, as long as it does: when the
// manager has not heard it for WatchdogSec it starts the service anew. Nothing where it has not
// asked for it. Make it in a thread that blocks all signals that others wait for.
class Watchdog {
 public:
  // Whether the service works; asked every `interval`, which the manager has chosen.
  using Works = std::function<bool(std::chrono::microseconds interval)>;

  // `works` is called from a thread of the watchdog's own. When it hangs, that is heard, too.
  explicit Watchdog(Works works);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  void feed(std::chrono::microseconds interval);

  Works works_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace executor
