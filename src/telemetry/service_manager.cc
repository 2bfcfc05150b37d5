#include "telemetry/service_manager.h"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>

namespace executor {

Result<UniqueFd> inherited_socket() {
  const int count = ::sd_listen_fds(1);  // unsets the variables, which are not for children
  if (count < 0) return Failure("take the socket that was passed", -count);
  if (count == 0) return UniqueFd();
  UniqueFd socket(SD_LISTEN_FDS_START);
  if (count > 1) return failure("take the socket that was passed: there is more than one");
  if (::sd_is_socket(socket.get(), AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
    return failure("take the socket that was passed: it does not listen");
  }
  return socket;
}

void notify_ready(const std::string& status) {
  (void)::sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void notify_status(const std::string& status) {
  (void)::sd_notify(0, ("STATUS=" + status).c_str());
}

void notify_stopping(std::chrono::duration<double> grace) {
  // Of the last answers, the zygotes and their jails.
  constexpr std::chrono::seconds kRest{30};
  const auto span = std::chrono::duration_cast<std::chrono::microseconds>(grace + kRest);
  const std::string text = "STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(span.count());
  (void)::sd_notify(0, text.c_str());
}

Watchdog::Watchdog(Probe probe) : probe_(std::move(probe)) {
  constexpr int kTimesEach = 4;  // one that comes late is not yet the end
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return;
  thread_ =
      std::thread(&Watchdog::feed, this, std::chrono::microseconds(microseconds) / kTimesEach);
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ending_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::feed(std::chrono::microseconds interval) {
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    if (probe_(interval)) (void)::sd_notify(0, "WATCHDOG=1");
    lock.lock();
  } while (!ending_.wait_for(lock, interval, [this] { return ended_; }));
}

}  // namespace executor
