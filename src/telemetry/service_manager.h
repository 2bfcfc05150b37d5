// The service manager that has started this process, if any: what it passes, and the notifications
// that it expects. The only file that includes libsystemd. Without a service manager all of this
// does nothing. Notifications never contain anything about scripts.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/fd.h"
#include "base/result.h"

namespace executor {

// The listening socket that was passed (LISTEN_FDS, sd_listen_fds(3)); empty when none was. More
// than one, or what is no listening stream socket, is a failure. Once only.
Result<UniqueFd> inherited_socket();

// The service can run scripts; `status` is what systemctl shows (sd_notify(3)).
void notify_ready(const std::string& status);
// Another status.
void notify_status(const std::string& status);
// It runs no more of them, and ends within `grace`; extends the manager's own timeout to that.
void notify_stopping(std::chrono::duration<double> grace);

// Sends WATCHDOG=1 at intervals while `works` returns true; systemd restarts the service after
// WatchdogSec without one. Does nothing if the watchdog is off. Construct it in a thread that
// blocks all signals that other threads wait for.
class Watchdog {
 public:
  // Whether the service works; asked every `interval`, which the manager has chosen.
  using Probe = std::function<bool(std::chrono::microseconds interval)>;

  // `works` is called from the watchdog's own thread. If it hangs, WATCHDOG=1 is not sent either.
  explicit Watchdog(Probe probe);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  void feed(std::chrono::microseconds interval);

  Probe probe_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace executor
