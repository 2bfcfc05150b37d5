#include "launcher/launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/poll.h"
#include "base/roots_own.h"
#include "launcher/child.h"
#include "launcher/identity.h"
#include "launcher/setups.h"
#include "launcher/slices.h"
#include "launcher/world_writable.h"
#include "wire/launch.h"
#include "wire/packet.h"

namespace executor {
namespace {

constexpr int kResponderFd = 3;  // not used by the responder's own options; moved up if taken
// How long zygotes may take to exit on their own, once the responder is gone.
constexpr auto kPatience = std::chrono::seconds(5);

class Launcher {
 public:
  explicit Launcher(const LauncherOptions& options) : options_(options), slices_(options) {}

  Result<int> run();

 private:
  struct Zygote {
    UidRange slice;
    UniqueFd lifeline;      // our end, until the zygote was killed because of it
    bool clearing = false;  // the process is the one that clears the slice
  };
  struct StartedZygote {
    UniqueFd pidfd, lifeline;  // the responder's
  };

  Result<void> prepare();
  Result<void> start_responder();
  [[noreturn]] void become_responder(int channel);
  Result<StartedZygote> start_zygote(int control, std::uint64_t digest);
  [[noreturn]] void become_runner(int control, int setup, const UidRange& slice);
  void answer_request();
  Result<void> hand_over(const StartedZygote& zygote);
  bool wait();
  void learn_new_setups();
  void take_signals();
  void reap();
  void clear(const UidRange& slice);
  void finish();

  const LauncherOptions& options_;
  Slices slices_;
  Setups setups_;
  UniqueFd signals_;
  UniqueFd channel_;
  pid_t responder_ = -1;
  int status_ = -1;  // the responder's, once it has ended
  std::map<pid_t, Zygote> zygotes_;
  std::vector<UidRange> unclear_;  // could not be cleared; tried again when ids are wanted
};

int exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

// Whether the responder may ever need a program that gives it rights, such as firejail: in the tier
// uid it needs none, and where neither root in the container nor an ordinary user can make
// namespaces there is no other tier.
bool may_need_rights(const LauncherOptions& options, const Setups& setups) {
  if (options.without_firejail || setups.only_uid) return false;
  return has_capability_to_administer() || can_make_user_namespace(options.user);
}

Result<void> Launcher::prepare() {
  if (::geteuid() != 0) return failure("start: only root can give workers user ids");
  // Orphans of runs become our children when their zygote is gone; we must reap them.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return os_failure("become a subreaper");
  if (options_.remove_world_write) {
    if (auto closed = remove_world_write(); !closed) return closed;
  }
  if (auto prepared = slices_.prepare(); !prepared) return prepared;
  if (auto own = require_roots_own(options_.runner); !own) return own;
  auto setups = ask_for_setups(options_);
  if (!setups) return setups.error();
  setups_ = std::move(*setups);
  sigset_t mask;
  ::sigemptyset(&mask);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::sigaddset(&mask, signal);
  if (::sigprocmask(SIG_BLOCK, &mask, nullptr) != 0) return os_failure("block signals");
  signals_.reset(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return os_failure("watch for signals");
  return {};
}

Result<void> Launcher::start_responder() {
  auto ends = packet_socketpair();
  if (!ends) return ends.error();
  responder_ = ::fork();
  if (responder_ < 0) return os_failure("start the responder");
  if (responder_ == 0) become_responder(ends->second.get());
  channel_ = std::move(ends->first);
  return {};
}

void Launcher::become_responder(int channel) {
  const int inherited = ::fcntl(channel, F_DUPFD, kResponderFd);
  if (inherited < 0) fail_child(os_failure("hand over the channel"));
  std::vector<std::string> words = responder_command(options_);
  words.push_back("--launcher-fd=" + std::to_string(inherited));
  const bool for_good = !may_need_rights(options_, setups_);
  if (auto became = become_user(options_.user, for_good); !became) fail_child(became.error());
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // after the change of ids, which clears it
  clear_signal_mask();
  execute(words);
}

Result<Launcher::StartedZygote> Launcher::start_zygote(int control, std::uint64_t digest) {
  const auto setup = setups_.known.find(digest);
  if (setup == setups_.known.end()) return failure("the launcher does not know this setup");
  auto setup_ends = packet_socketpair();
  if (!setup_ends) return setup_ends.error();
  if (auto sent = send_packet(setup_ends->first.get(), setup->second); !sent) return sent.error();
  auto lifeline = packet_socketpair();
  if (!lifeline) return lifeline.error();
  const auto slice = slices_.take();
  if (!slice) {
    for (const UidRange& unclear : std::exchange(unclear_, {})) clear(unclear);
    return failure("no user ids are left");
  }
  const pid_t child = ::fork();
  if (child < 0) {
    slices_.give_back(*slice);
    return os_failure("start the zygote");
  }
  if (child == 0) become_runner(control, setup_ends->second.get(), *slice);
  zygotes_.emplace(child, Zygote{*slice, std::move(lifeline->first)});
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (!pidfd) return os_failure("watch the zygote");
  return StartedZygote{std::move(pidfd), std::move(lifeline->second)};
}

// With an empty environment and no descriptor but the control socket, the log and the setup.
void Launcher::become_runner(int control, int setup, const UidRange& slice) {
  std::vector<std::string> words = {options_.runner, std::to_string(slice.first),
                                    std::to_string(slice.last), options_.directory};
  if (::dup2(control, STDIN_FILENO) < 0) fail_child(os_failure("hand over the control socket"));
  ::setsid();
  if (auto kept = keep_zygote_capabilities(); !kept) fail_child(kept.error());
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  clear_signal_mask();
  // By way of a higher number: made by dup2, the descriptor of the setup is not close-on-exec.
  const int copy = ::fcntl(setup, F_DUPFD_CLOEXEC, kSetupFd + 1);
  if (copy < 0 || ::dup2(copy, kSetupFd) < 0) fail_child(os_failure("hand over the setup"));
  ::syscall(SYS_close_range, kSetupFd + 1U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  execute_bare(words);
}

// The other side is an unprivileged process that parses what strangers send: anything but the one
// valid request closes the channel. A zygote that cannot be handed over ends with its lifeline, of
// which this was the other end.
void Launcher::answer_request() {
  auto packet = receive_packet(channel_.get());
  const auto digest =
      packet && *packet ? decode_launch((*packet)->bytes) : std::optional<std::uint64_t>();
  if (!digest || (*packet)->fds.size() != 1) {
    channel_.reset();
    return;
  }
  auto zygote = start_zygote((*packet)->fds[0].get(), *digest);
  Result<void> answered = zygote ? hand_over(*zygote) : zygote.error();
  if (!answered) answered = send_packet(channel_.get(), answered.error().text());
  if (!answered) channel_.reset();
}

Result<void> Launcher::hand_over(const StartedZygote& zygote) {
  const std::array<int, kLaunchedFds> fds = {zygote.pidfd.get(), zygote.lifeline.get()};
  return send_packet(channel_.get(), kLaunched, fds);
}

// The responder is about to read its configuration again. The setups in use until then stay
// known.
void Launcher::learn_new_setups() {
  auto setups = ask_for_setups(options_);
  if (setups) return setups_.known.merge(setups->known);
  const std::string text = "python-executor-launcher: " + setups.error().text() + "\n";
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

void Launcher::take_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD || responder_ < 0) continue;
    if (info.ssi_signo == SIGHUP) learn_new_setups();
    ::kill(responder_, static_cast<int>(info.ssi_signo));
  }
  reap();
}

void Launcher::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == responder_) {
      responder_ = -1;
      status_ = exit_status(status);
    }
    const auto ended = zygotes_.extract(pid);
    if (ended.empty()) continue;  // an orphan of a run
    if (!ended.mapped().clearing) {
      clear(ended.mapped().slice);
    } else if (status == 0) {
      slices_.give_back(ended.mapped().slice);
    } else {
      unclear_.push_back(ended.mapped().slice);
    }
  }
}

void Launcher::clear(const UidRange& slice) {
  const pid_t child = ::fork();
  if (child == 0) {
    clear_signal_mask();
    slices_.clear(slice);
  }
  if (child < 0) {
    unclear_.push_back(slice);
  } else {
    zygotes_.emplace(child, Zygote{slice, UniqueFd(), true});
  }
}

// The responder is gone, and with it the control sockets: the zygotes end. Kills those that do not.
void Launcher::finish() {
  auto deadline = Deadline::after(kPatience);
  while (!zygotes_.empty()) {
    if (readable_by(signals_.get(), deadline)) {
      take_signals();
      continue;
    }
    for (const auto& [pid, zygote] : zygotes_) ::kill(pid, SIGKILL);
    deadline = Deadline::after(kPatience);
  }
}

// Waits for a request, a signal or the end of a lifeline, and handles it. Data on a lifeline counts
// as its end, because none may be sent. False when nothing can be waited for.
bool Launcher::wait() {
  std::vector<pollfd> events = {{signals_.get(), POLLIN, 0}, {channel_.get(), POLLIN, 0}};
  for (const auto& [pid, zygote] : zygotes_) events.push_back({zygote.lifeline.get(), POLLIN, 0});
  if (::poll(events.data(), events.size(), -1) < 0) return errno == EINTR;
  auto lifeline = events.begin() + 2;
  for (auto& [pid, zygote] : zygotes_) {
    if ((lifeline++)->revents == 0) continue;
    zygote.lifeline.reset();
    ::kill(pid, SIGKILL);  // its own id until we reap it
  }
  if (events[0].revents != 0) take_signals();
  if (events[1].revents != 0) answer_request();
  return true;
}

Result<int> Launcher::run() {
  if (auto prepared = prepare(); !prepared) return prepared.error();
  if (auto started = start_responder(); !started) return started.error();
  while (status_ < 0 && wait()) {
  }
  finish();
  return status_;
}

}  // namespace

Result<int> run_launcher(const LauncherOptions& options) {
  return Launcher(options).run();
}

}  // namespace executor
