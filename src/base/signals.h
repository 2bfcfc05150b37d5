// Signals and threads.
#pragma once

#include <signal.h>

namespace executor {

// For the calling thread, so that signals reach the thread that waits for them, and SIGPIPE none.
inline void block_all_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace executor
