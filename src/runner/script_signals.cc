#include "runner/script_signals.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace executor {
namespace {

// Read by the signal handler.
pid_t worker = 0;
SignalReport report_signal = nullptr;

bool is_worker() {
  return worker != 0 && ::getpid() == worker;
}

using Sigaction = int (*)(int, const struct sigaction*, struct sigaction*);

int libcs_sigaction(int signal, const struct sigaction* action, struct sigaction* old) {
  static const auto libcs = reinterpret_cast<Sigaction>(::dlsym(RTLD_NEXT, "sigaction"));
  return libcs(signal, action, old);
}

// As exit status, what a shell says.
[[noreturn]] void end_worker(int signal) {
  report_signal(signal);
  ::_exit(128 + signal);
}

void end_by_signal(int signal) {
  if (is_worker()) end_worker(signal);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  libcs_sigaction(signal, &standard, nullptr);
  // The kernel's, in whichever thread: libc's would be ours.
  ::syscall(SYS_tgkill, ::getpid(), ::gettid(), signal);
}

bool is_one_of(int signal, std::initializer_list<int> signals) {
  return std::find(signals.begin(), signals.end(), signal) != signals.end();
}

// signal(7)
bool ends_by_default(int signal) {
  return signal > 0 && signal < NSIG &&
         !is_one_of(signal,
                    {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH});
}

// Those of faults are the kernel's to deliver, also where there is no stack left for a handler.
bool may_have_handler(int signal) {
  return ends_by_default(signal) && !is_one_of(signal, {SIGKILL, SIGSEGV, SIGBUS, SIGFPE, SIGILL});
}

bool is_standard(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

struct sigaction ending_action() {
  struct sigaction action {};
  action.sa_handler = end_by_signal;
  action.sa_flags = SA_NODEFER;
  return action;
}

// Of this process, with a handler in the place of the default action; `old` as a script would have
// it.
int set_action(int signal, const struct sigaction* action, struct sigaction* old) {
  const struct sigaction ending = ending_action();
  const bool wants_end =
      is_worker() && action != nullptr && is_standard(*action) && may_have_handler(signal);
  const int answer = libcs_sigaction(signal, wants_end ? &ending : action, old);
  if (answer == 0 && old != nullptr && old->sa_handler == end_by_signal) {
    old->sa_handler = SIG_DFL;
    old->sa_flags = 0;
  }
  return answer;
}

bool is_blocked(int signal) {
  sigset_t blocked;
  return ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked) == 0 &&
         ::sigismember(&blocked, signal) == 1;
}

// Ends the worker if the signal that it has sent to itself would have ended any other process.
void end_if_ended(int signal) {
  if (!is_worker() || !ends_by_default(signal)) return;
  if (signal == SIGKILL) end_worker(signal);
  struct sigaction current {};
  if (libcs_sigaction(signal, nullptr, &current) != 0 || is_blocked(signal)) return;
  if (is_standard(current)) end_worker(signal);
}

int send(pid_t to, int signal) {
  return static_cast<int>(::syscall(SYS_kill, to, signal));
}

// Group 1 cannot be named: to kill(2), -1 is all processes. From within it, it is 0.
int send_to_group(pid_t group, int signal) {
  const bool own = group == 0 || group == ::getpgrp();
  return send(own ? 0 : -group, signal);
}

}  // namespace

void install_ending_handlers() {
  const struct sigaction action = ending_action();
  for (const int signal : {SIGHUP, SIGQUIT, SIGABRT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT,
                           SIGXCPU, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSYS, SIGTRAP}) {
    libcs_sigaction(signal, &action, nullptr);
  }
}

void end_by_signals_with(SignalReport report) {
  report_signal = report;
  worker = ::getpid();
}

}  // namespace executor

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's are reserved names.
extern "C" {

int sigaction(int signal, const struct sigaction* action, struct sigaction* old) noexcept {
  return executor::set_action(signal, action, old);
}

int kill(pid_t to, int signal) noexcept {
  const int answer = executor::send(to, signal);
  // -1 leaves the caller out.
  const bool to_itself = to == ::getpid() || to == 0 || (to < -1 && to == -::getpgrp());
  if (answer == 0 && to_itself) executor::end_if_ended(signal);
  return answer;
}

int killpg(pid_t group, int signal) noexcept {
  if (group < 0) {
    errno = EINVAL;
    return -1;
  }
  const int answer = executor::send_to_group(group, signal);
  if (answer == 0 && (group == 0 || group == ::getpgrp())) executor::end_if_ended(signal);
  return answer;
}

int raise(int signal) noexcept {
  const auto answer = static_cast<int>(::syscall(SYS_tgkill, ::getpid(), ::gettid(), signal));
  if (answer == 0) executor::end_if_ended(signal);
  return answer;
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
