// The signals that end the service or have it read its configuration again.
#pragma once

#include <signal.h>

#include <atomic>
#include <thread>

namespace executor {

// Takes SIGTERM, SIGINT and SIGHUP for the whole process. Make it before any other thread. Until
// started() they end the process at once: there is nothing to finish, and closed control sockets
// end the jails.
class Signals {
 public:
  Signals();
  ~Signals() { started(); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void started();
  // The next one; for the thread that called started().
  [[nodiscard]] int next() const;
  // What SIGTERM does; for any thread.
  static void request_stop();
  // Whether a stop has been requested meanwhile; for the same thread.
  [[nodiscard]] bool again() const;

 private:
  void exit_during_startup() const;

  sigset_t signals_{};
  std::atomic<bool> started_{false};
  std::thread early_;
};

}  // namespace executor
