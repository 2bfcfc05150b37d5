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
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <utility>

#include "runner/channels.h"
#include "runner/interpreter.h"
#include "runner/namespaces.h"
#include "runner/rlimits.h"
#include "runner/root.h"
#include "runner/run_ids.h"
#include "runner/seccomp_stages.h"
#include "runner/uid_reaper.h"
#include "runner/worker.h"
#include "runner/zygote_process.h"
#include "wire/control.h"
#include "wire/launch.h"
#include "wire/packet.h"

namespace executor {
namespace {

// A worker that has not been reaped, with what is its own until then.
struct LivingWorker {
  std::uint64_t id = 0;
  UniqueFd network;                     // namespace
  std::optional<std::uint32_t> run_id;  // where each run has one
};

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
  Result<void> prepare_namespaces();
  Result<void> ask_for_ids();
  Result<void> prepare_ids();
  Result<void> prepare_interpreter();
  Result<void> watch_children();
  Result<void> spawn(int cgroup);
  Result<void> spawn_in_namespaces(int cgroup);
  Result<std::optional<std::uint32_t>> take_run_id(WorkerChannels& worker);
  Result<void> give_run_id(const Cloned& worker, std::optional<std::uint32_t> id, int mapped);
  Result<void> spawn_with_id();
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
  std::optional<NetworkPool> networks_;
  std::map<pid_t, LivingWorker> workers_;
  std::optional<RunIds> run_ids_;     // where each run has a user id of its own
  std::optional<Landlock> landlock_;  // in the tier uid, as is what follows
  std::optional<UidReaper> reaper_;
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
  if ((setup_.tier == Tier::kUid) != slice_.has_value()) {
    return failure("the tier uid takes a zygote that the launcher has started");
  }
  return slice_ ? prepare_ids() : prepare_namespaces();
}

Result<void> Zygote::prepare_namespaces() {
  networks_.emplace(proc_.get());
  const auto outer = enter_own_namespaces(proc_.get());
  if (!outer) return outer.error();
  if (auto asked = setup_.own_ids ? ask_for_ids() : Result<void>(); !asked) return asked;
  if (auto done = map_own_ids(proc_.get(), *outer); !done) return done;
  if (auto done = networks_->try_to_share(); !done) return done;
  if (auto done = enter_sandbox_root(setup_.expose); !done) return done;
  auto stages = compile_stages();
  if (!stages) return stages.error();
  seccomp_ = std::move(*stages);
  return {};
}

Result<void> Zygote::ask_for_ids() {
  const std::array fds = {self_.get()};
  if (auto asked = send(NeedsIds(), fds); !asked) return asked;
  auto packet = receive_packet(control_.get());
  if (!packet) return packet.error();
  const auto message = *packet ? decode_to_zygote((*packet)->bytes) : std::nullopt;
  const auto* given = message ? std::get_if<GivenIds>(&*message) : nullptr;
  if (given == nullptr) return failure("ask for ids: the responder does not answer");
  if (given->count > 0) run_ids_.emplace(given->count);
  return {};
}

Result<void> Zygote::prepare_ids() {
  if (auto trusted = check_trusted(setup_, Interpreter::version()); !trusted) return trusted;
  // What a run leaves behind must become our child, or it would not be reaped.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return os_failure("become a subreaper");
  auto landlock = prepare_landlock(setup_);
  if (!landlock) return landlock.error();
  landlock_ = std::move(*landlock);
  auto stages = compile_stages(landlock_->scopes() ? Sockets::kUnix : Sockets::kUnixPairs);
  if (!stages) return stages.error();
  seccomp_ = std::move(*stages);
  reaper_.emplace(*slice_, setup_.limits);
  return {};
}

Result<void> Zygote::prepare_interpreter() {
  // Some modules write files on import. Workers see neither these nor the directory.
  auto scratch = slice_ ? Result<void>() : mount_scratch(setup_.limits);
  if (!scratch) return scratch;
  auto interpreter = Interpreter::start(setup_);
  auto gone = slice_ ? Result<void>() : unmount_scratch();
  if (!gone) return gone;
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
  return reaper_ ? spawn_with_id() : spawn_in_namespaces(cgroup);
}

Result<void> Zygote::spawn_with_id() {
  auto channels = make_channels();
  if (!channels) return channels.error();
  auto lifeline = packet_socketpair();
  if (!lifeline) return lifeline.error();
  auto slot = reaper_->take();
  if (!slot) return slot.error();
  channels->worker.slot = *slot;
  auto cloned = clone_worker(0);
  if (!cloned) {
    reaper_->give_back(*slot);
    return cloned.error();
  }
  if (cloned->pid == 0) {
    run_worker(
        {setup_, seccomp_.worker, baseline_, proc_.get(), self_.get(), *interpreter_, &*landlock_},
        std::move(channels->worker));
  }
  const std::uint64_t id = ++last_id_;
  const std::array fds = {channels->job.get(), channels->out.get(), channels->err.get(),
                          cloned->pidfd.get(), lifeline->first.get()};
  reaper_->add(cloned->pid, id, std::move(*slot), std::move(lifeline->second));
  return hand_over(*cloned, id, fds);
}

Result<void> Zygote::spawn_in_namespaces(int cgroup) {
  auto channels = make_channels();
  if (!channels) return channels.error();
  auto network = networks_->enter();
  if (!network) return network.error();
  auto run_id = take_run_id(channels->worker);
  if (!run_id) return run_id.error();
  auto cloned = clone_worker(kWorkerNamespaces, cgroup);
  if (!cloned) {
    if (*run_id) run_ids_->give_back(**run_id);
    return cloned.error();
  }
  if (cloned->pid == 0) {
    run_worker({setup_, seccomp_.worker, baseline_, proc_.get(), self_.get(), *interpreter_},
               std::move(channels->worker));
  }
  const auto given = give_run_id(*cloned, *run_id, channels->worker.mapped.get());
  const std::uint64_t id = ++last_id_;
  const std::array fds = {channels->job.get(), channels->out.get(), channels->err.get(),
                          cloned->pidfd.get()};
  workers_.emplace(cloned->pid, LivingWorker{id, std::move(*network), *run_id});
  if (auto left = networks_->leave(); !left) give_up(left.error());
  return given ? hand_over(*cloned, id, fds) : given;
}

// A worker that could not be handed over is useless, and its end is reported like any other: no
// other process has it. The kernel refuses (ETOOMANYREFS) when as many descriptors of this user are
// in flight as a process may have open, no matter which process has sent them.
Result<void> Zygote::hand_over(const Cloned& cloned, std::uint64_t id, std::span<const int> fds) {
  auto handed = send(WorkerStarted{id}, fds);
  if (!handed) ::kill(cloned.pid, SIGKILL);  // its own id until we reap it
  return handed;
}

// Empty where all runs have the same.
Result<std::optional<std::uint32_t>> Zygote::take_run_id(WorkerChannels& worker) {
  if (!run_ids_) return std::optional<std::uint32_t>();
  worker.mapped.reset(::eventfd(0, EFD_CLOEXEC));
  if (!worker.mapped) return os_failure("make an event for a worker");
  auto id = run_ids_->take();
  if (!id) return id.error();
  return std::optional(*id);
}

// A worker that does not get what it waits for never continues, and is killed.
Result<void> Zygote::give_run_id(const Cloned& worker, std::optional<std::uint32_t> id,
                                 int mapped) {
  if (!id) return {};
  auto given = map_run_id(proc_.get(), worker.pid, *id, mapped);
  if (!given) (void)::syscall(SYS_pidfd_send_signal, worker.pidfd.get(), SIGKILL, nullptr, 0);
  return given;
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
  if (reaper_) {
    const auto exited = reaper_->reaped(pid, status, usage);
    if (!exited) return give_up(exited.error());
    if (*exited) report(**exited);
    return;
  }
  auto living = workers_.extract(pid);
  if (living.empty()) return;
  report(exited_worker(living.mapped().id, status, usage));
  if (living.mapped().run_id) run_ids_->give_back(*living.mapped().run_id);
  auto given = networks_->give_back(std::move(living.mapped().network));
  if (!given) give_up(given.error());
}

// Without descriptors only a responder that is gone, or a machine without memory, can be the reason
// that it does not arrive; the responder would wait for it without end.
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
    if (reaper_) reaper_->watch(events);
    const int patience = reaper_ ? reaper_->wait_milliseconds() : -1;
    if (::poll(events.data(), events.size(), patience) < 0 && errno != EINTR) return;
    if (events[1].revents != 0) reap();
    if (events[0].revents != 0 && !handle_message()) return;
    if (reaper_) reaper_->check();
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
