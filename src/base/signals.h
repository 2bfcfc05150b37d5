// Signals and threads.
#pragma once

#include <signal.h>

namespace executor {

// For the calling thread, so that signals go to whoever waits for them, and SIGPIPE to nobody.
inline void block_all_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace executor
