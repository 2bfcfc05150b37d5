// Theory of operation
//
// The zygote runs inside firejail's jail as the service user. On descriptor 0 it has the control
// socket to the responder; 1 and 2 lead to the responder's log. It is single-threaded, because its
// clones run no atfork handlers, and it never sees a byte of any job: each worker gets a job socket
// of its own, whose other end travels straight to the responder. When the control socket closes,
// the zygote ends, and every worker with it (PR_SET_PDEATHSIG).
//
// Where the service's user has subordinate ids, the responder lends the zygote's user namespace a
// range of them, and each worker is another user on the host (runner/run_ids.h).
//
// That is the tier full. In the tier namespaces there is no jail around it. In the tier uid it was
// started by the launcher and is root, with no more rights than it takes to give each worker an id
// of its own; the responder may then ask less of it (runner/uid_slots.h).

#include "runner/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <span>
#include <utility>

#include "runner/channels.h"
#include "runner/interpreter.h"
#include "runner/namespace_confinement.h"
#include "runner/script_signals.h"
#include "runner/uid_confinement.h"
#include "runner/worker.h"
#include "runner/zygote_process.h"
#include "wire/control.h"
#include "wire/launch.h"
#include "wire/packet.h"

namespace executor {
namespace {

Result<Setup> receive_setup(int socket) {
  auto packet = receive_packet(socket);
  if (!packet) return packet.error();
  if (!*packet) return failure("receive the setup: the socket is closed");
  auto message = decode_to_zygote((*packet)->bytes);
  if (!message || !std::holds_alternative<Setup>(*message)) {
    return failure("receive the setup: not a setup message");
  }
  return std::get<Setup>(std::move(*message));
}

class Zygote {
 public:
  Zygote(UniqueFd control, std::optional<UidSlice> slice)
      : control_(std::move(control)), slice_(std::move(slice)) {}

  Result<void> prepare();
  void serve();
  [[nodiscard]] Result<void> send(const FromZygote& message, std::span<const int> fds = {}) const {
    return send_packet(control_.get(), encode(message), fds);
  }
  [[nodiscard]] Result<void> send(const Failure& failed) const {
    return send(ZygoteFailed{failed.text(), failed.error});
  }

 private:
  Result<void> prepare_confinement();
  Result<void> prepare_interpreter();
  Result<void> watch_children();
  Result<void> spawn(int cgroup);
  Result<void> hand_over(const Cloned& cloned, std::uint64_t id, std::span<const int> fds);
  void reap();
  void report_end(pid_t pid, int status, const rusage& usage);
  void report(const FromZygote& message);
  void give_up(const Failure& failed);
  bool handle_message();

  UniqueFd control_;
  std::optional<UidSlice> slice_;
  UniqueFd proc_;
  UniqueFd self_;      // pidfd of this process
  UniqueFd children_;  // signalfd(2) of SIGCHLD
  Setup setup_;
  SeccompStages seccomp_;
  MemoryBaseline baseline_;
  std::optional<Interpreter> interpreter_;
  std::unique_ptr<Confinement> confinement_;
  bool broken_ = false;
  std::uint64_t last_id_ = 0;
};

Result<void> Zygote::prepare() {
  ::prctl(PR_SET_NAME, "python-zygote");  // its command line is firejail's /proc/self/fd/3
  // Where we are root it comes from the launcher: the responder may send nothing but a number of
  // workers.
  const UniqueFd launchers(slice_ ? kSetupFd : -1);
  auto setup = receive_setup(slice_ ? launchers.get() : control_.get());
  if (!setup) return setup.error();
  setup_ = std::move(*setup);
  if (auto done = prepare_confinement(); !done) return done;
  if (auto done = prepare_interpreter(); !done) return done;
  if (auto done = watch_children(); !done) return done;
  install_ending_handlers();
  // Inherited by every worker. From here on only what serving and confinement need can be called.
  return filter_zygote(seccomp_.zygote);
}

Result<void> Zygote::prepare_confinement() {
  if (auto done = set_environment(); !done) return done;
  proc_.reset(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!proc_) return os_failure("open /proc");
  if (auto done = leave_out_of_core_dumps(proc_.get()); !done) return done;
  if (auto done = reserve_job_socket(); !done) return done;
  self_.reset(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (!self_) return os_failure("open a descriptor of the zygote's own process");
  if (traits_of(setup_.tier).launcher != slice_.has_value()) {
    return failure("the tier uid takes a zygote that the launcher has started");
  }
  if (slice_) {
    confinement_ = std::make_unique<UidConfinement>(setup_, *slice_);
  } else {
    confinement_ =
        std::make_unique<NamespaceConfinement>(setup_, control_.get(), proc_.get(), self_.get());
  }
  auto stages = confinement_->prepare();
  if (!stages) return stages.error();
  seccomp_ = std::move(*stages);
  return {};
}

Result<void> Zygote::prepare_interpreter() {
  if (auto begun = confinement_->begin_imports(); !begun) return begun;
  auto interpreter = Interpreter::start(setup_);
  if (auto ended = confinement_->end_imports(); !ended) return ended;
  if (!interpreter) return interpreter.error();
  interpreter_ = *interpreter;
  if (auto done = require_one_thread(proc_.get()); !done) return done;
  auto baseline = memory_baseline(proc_.get());
  if (!baseline) return baseline.error();
  baseline_ = *baseline;
  return {};
}

Result<void> Zygote::watch_children() {
  sigset_t mask;
  ::sigemptyset(&mask);
  ::sigaddset(&mask, SIGCHLD);
  if (::sigprocmask(SIG_BLOCK, &mask, nullptr) != 0) return os_failure("block SIGCHLD");
  children_.reset(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!children_) return os_failure("watch for ended workers");
  return {};
}

// `cgroup` is a directory's descriptor, which the worker closes with all others, or -1.
Result<void> Zygote::spawn(int cgroup) {
  auto channels = make_channels();
  if (!channels) return channels.error();
  auto cloned = confinement_->clone(cgroup);
  if (!cloned) return cloned.error();
  if (cloned->pid == 0) {
    run_worker({setup_, seccomp_.worker, baseline_, proc_.get(), self_.get()}, *confinement_,
               *interpreter_, std::move(channels->worker));
  }
  const std::uint64_t id = ++last_id_;
  auto lifeline = confinement_->adopt(*cloned, id);
  if (!lifeline) return lifeline.error();
  const std::array fds = {channels->job.get(), channels->out.get(), channels->err.get(),
                          cloned->pidfd.get(), lifeline->get()};
  return hand_over(*cloned, id, std::span(fds).first(worker_fds(setup_.tier)));
}

// A worker that could not be handed over is useless, and its end is reported like any other: no
// other process has it. The kernel refuses (ETOOMANYREFS) when as many descriptors of this user are
// in flight as a process may have open, no matter which process has sent them.
Result<void> Zygote::hand_over(const Cloned& cloned, std::uint64_t id, std::span<const int> fds) {
  auto handed = send(WorkerStarted{id}, fds);
  if (!handed) ::kill(cloned.pid, SIGKILL);  // its own id until we reap it
  return handed;
}

void Zygote::reap() {
  signalfd_siginfo ignored[8];
  while (::read(children_.get(), ignored, sizeof ignored) > 0) {
  }
  int status = 0;
  rusage usage{};
  for (pid_t pid = 0; (pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    report_end(pid, status, usage);
  }
}

void Zygote::report_end(pid_t pid, int status, const rusage& usage) {
  const auto exited = confinement_->reaped(pid, status, usage);
  if (!exited) return give_up(exited.error());
  if (*exited) report(**exited);
}

// This message carries no descriptors, so sending it fails only if the responder is gone or the
// machine is out of memory. Then the zygote ends: the responder would wait for the message forever.
void Zygote::report(const FromZygote& message) {
  if (!send(message)) broken_ = true;
}

// Ends with all its workers after this round: it can no longer keep what was promised to them.
void Zygote::give_up(const Failure& failed) {
  (void)send(failed);
  broken_ = true;
}

// Handles one message. False when the responder has closed the control socket or broken the rules.
bool Zygote::handle_message() {
  auto packet = receive_packet(control_.get());
  if (!packet || !*packet) return false;
  const auto message = decode_spawn((*packet)->bytes);
  if (!message) return false;
  const std::uint32_t count = message->count;
  const auto& cgroups = (*packet)->fds;
  if (!cgroups.empty() && cgroups.size() != count) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const int cgroup = cgroups.empty() ? -1 : cgroups[i].get();
    const auto spawned = spawn(cgroup);
    if (!spawned && !send(spawned.error())) return false;
  }
  return true;
}

void Zygote::serve() {
  std::vector<pollfd> events;
  while (!broken_) {
    events = {pollfd{control_.get(), POLLIN, 0}, pollfd{children_.get(), POLLIN, 0}};
    confinement_->watch(events);
    if (::poll(events.data(), events.size(), confinement_->wait_milliseconds()) < 0 &&
        errno != EINTR)
      return;
    if (events[1].revents != 0) reap();
    if (events[0].revents != 0 && !handle_message()) return;
    if (const auto sound = confinement_->check(); !sound) give_up(sound.error());
  }
}

}  // namespace

int run_zygote(UniqueFd control, std::optional<UidSlice> slice) {
  Zygote zygote(std::move(control), std::move(slice));
  if (auto prepared = zygote.prepare(); !prepared) {
    (void)zygote.send(prepared.error());
    return 1;
  }
  if (!zygote.send(Ready{Interpreter::version()})) return 1;
  zygote.serve();
  return 0;
}

}  // namespace executor
