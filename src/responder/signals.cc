#include "responder/signals.h"

#include <pthread.h>
#include <unistd.h>

namespace executor {

Signals::Signals() {
  ::sigemptyset(&signals_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals_, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  early_ = std::thread(&Signals::exit_during_startup, this);
}

void Signals::started() {
  if (!early_.joinable()) return;
  started_ = true;
  ::pthread_kill(early_.native_handle(), SIGHUP);
  early_.join();
}

int Signals::next() const {
  int signal = 0;
  ::sigwait(&signals_, &signal);
  return signal;
}

void Signals::request_stop() {
  ::kill(::getpid(), SIGTERM);
}

bool Signals::again() const {
  constexpr timespec kAtOnce{};
  for (int signal = 0; (signal = ::sigtimedwait(&signals_, nullptr, &kAtOnce)) > 0;) {
    if (signal != SIGHUP) return true;
  }
  return false;
}

void Signals::exit_during_startup() const {
  while (!started_) {
    if (next() != SIGHUP) ::_exit(0);
  }
}

}  // namespace executor
