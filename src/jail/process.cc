#include "jail/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <system_error>

#include "base/poll.h"
#include "jail/boost_process.h"

namespace executor {

namespace {

// Between fork and exec: nothing here allocates.
void arrange_child(int standard_input, int extra) {
  ::setsid();  // only we handle a Ctrl-C at our terminal
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int input = ::fcntl(standard_input, F_DUPFD, 16);
  const int third = ::fcntl(extra, F_DUPFD, 16);
  ::dup2(input, 0);
  ::dup2(third, 3);
  // Close-on-exec instead of closed: Boost.Process reports a failed exec through a pipe of its own.
  ::syscall(SYS_close_range, 4U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
}

// Waits until the process has ended, without reaping it.
bool ended_by(pid_t pid, Deadline deadline) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return !process || readable_by(process.get(), deadline);
}

}  // namespace

struct Process::State {
  bp::child child;
};

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
// A jail exits at once when its zygote's control socket was closed. After SIGTERM, firejail takes a
// second.
Process::~Process() {
  if (state_) end(std::chrono::seconds(3));
}

Result<Process> Process::start(const std::vector<std::string>& command, int standard_input,
                               int extra) {
  const std::vector<std::string> arguments(command.begin() + 1, command.end());
  std::error_code error;
  auto state = std::make_unique<State>();
  state->child = bp::child(
      bp::exe = command[0], bp::args = arguments, bp::environment(), error,
      bp::extend::on_exec_setup = [standard_input,
                                   extra](auto&) { arrange_child(standard_input, extra); },
      bp::extend::on_error =
          [](auto& executor, const std::error_code&) {
            // The child that could not execute: Boost does not wait for it.
            if (executor.pid > 0) ::waitpid(executor.pid, nullptr, 0);
          });
  if (error) return Failure("start " + command[0], error.value());
  return Process(std::move(state));
}

pid_t Process::pid() const {
  return state_->child.id();
}

void Process::end(Clock::duration patience) {
  if (!state_->child.joinable()) return;
  const pid_t process = pid();
  for (const int signal : {SIGTERM, SIGKILL}) {
    if (ended_by(process, Deadline::after(patience))) break;
    ::kill(process, signal);
  }
  std::error_code ignored;
  state_->child.wait(ignored);
}

Result<std::string> output_of(const std::vector<std::string>& command) try {
  const std::vector<std::string> arguments(command.begin() + 1, command.end());
  bp::ipstream output;  // throws when there can be no pipe
  std::error_code error;
  bp::child child(bp::exe = command[0], bp::args = arguments, (bp::std_out & bp::std_err) > output,
                  bp::std_in < bp::null, error);
  if (error) return Failure("run " + command[0], error.value());
  std::string text((std::istreambuf_iterator<char>(output)), std::istreambuf_iterator<char>());
  child.wait(error);
  if (error || child.exit_code() != 0) return failure("run " + command[0] + ": it failed: " + text);
  return text;
} catch (const std::system_error& error) {
  return Failure("run " + command[0], error.code().value());
}

}  // namespace executor
