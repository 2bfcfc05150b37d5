// Theory of operation
//
// The zygote runs inside firejail's jail as the service user. On descriptor 0 it has the control
// socket to the responder; 1 and 2 lead to the responder's log. It is single-threaded, because its
// clones run no atfork handlers, and it never sees a byte of any job: each worker gets a job socket
// of its own, whose other end travels straight to the responder. When the control socket closes,
// the zygote ends, and every worker with it (PR_SET_PDEATHSIG).
//
// That is the tier full. In the tier namespaces there is no jail around it. In the tier uid it was
// started by the launcher and is root, with no more rights than it takes to give each worker an id
// of its own; what the responder may ask of it is the less (runner/uid_seats.h).

#include "runner/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <utility>

#include "runner/interpreter.h"
#include "runner/namespaces.h"
#include "runner/proc_file.h"
#include "runner/rlimits.h"
#include "runner/root.h"
#include "runner/seccomp.h"
#include "runner/uid_keeper.h"
#include "runner/worker.h"
#include "wire/control.h"
#include "wire/packet.h"

namespace executor {
namespace {

// The whole environment of every script. Numeric libraries get one thread each: a thread pool made
// before a clone does not survive it.
constexpr std::array kEnvironment = {
    std::pair("PATH", "/usr/bin:/bin"),    std::pair("HOME", kHome),
    std::pair("TMPDIR", "/tmp"),           std::pair("LANG", "C.UTF-8"),
    std::pair("OMP_NUM_THREADS", "1"),     std::pair("OPENBLAS_NUM_THREADS", "1"),
    std::pair("MKL_NUM_THREADS", "1"),     std::pair("BLIS_NUM_THREADS", "1"),
    std::pair("NUMEXPR_NUM_THREADS", "1"), std::pair("VECLIB_MAXIMUM_THREADS", "1"),
};

// A worker that has not been reaped, with the network namespace that is its own until then.
struct Living {
  std::uint64_t id = 0;
  UniqueFd network;
};

struct Channels {
  UniqueFd job, out, err;  // the responder's ends
  WorkerChannels worker;   // the worker's ends
};

Result<void> set_environment() {
  if (::clearenv() != 0) return os_failure("clear the environment");
  for (const auto& [name, value] : kEnvironment) {
    if (::setenv(name, value, 1) != 0) return os_failure("set the environment");
  }
  return {};
}

Result<std::pair<UniqueFd, UniqueFd>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_failure("make a pipe");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Result<Channels> make_channels() {
  auto job = packet_socketpair();
  if (!job) return job.error();
  auto out = make_pipe();
  if (!out) return out.error();
  auto err = make_pipe();
  if (!err) return err.error();
  return Channels{
      std::move(job->first),
      std::move(out->first),
      std::move(err->first),
      {std::move(job->second), std::move(out->second), std::move(err->second), std::nullopt}};
}

// A thread that a preloaded module started would be missing in every clone, with its locks held.
Result<void> require_one_thread(int proc) {
  const auto threads = read_proc_number(proc, "self/status", "Threads");
  if (!threads) return threads.error();
  if (*threads != 1)
    return failure("preload: a module started a thread, which no worker would have");
  return {};
}

Result<Setup> receive_setup(int control) {
  auto packet = receive_packet(control);
  if (!packet) return packet.error();
  if (!*packet) return failure("receive the setup: the responder closed the control socket");
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
  void say(const FromZygote& message, std::span<const int> fds = {}) const {
    (void)send_packet(control_.get(), encode(message), fds);
  }

 private:
  Result<void> prepare_confinement();
  Result<void> prepare_namespaces();
  Result<void> prepare_ids();
  Result<void> prepare_interpreter();
  Result<void> watch_children();
  Result<void> spawn(int cgroup);
  Result<void> spawn_in_namespaces(int cgroup);
  Result<void> spawn_with_id();
  void reap();
  void report_end(pid_t pid, int status, const rusage& usage);
  void give_up(const Failure& failed);
  bool obey();

  UniqueFd control_;
  std::optional<UidSlice> slice_;
  UniqueFd proc_;
  UniqueFd self_;      // pidfd of this process
  UniqueFd children_;  // signalfd(2) of SIGCHLD
  Setup setup_;
  SeccompProgram seccomp_;
  MemoryBaseline baseline_;
  std::optional<Interpreter> interpreter_;
  std::optional<NetworkPool> networks_;
  std::map<pid_t, Living> living_;
  std::optional<Landlock> landlock_;  // in the tier uid, as is what follows
  std::optional<UidKeeper> keeper_;
  bool broken_ = false;
  std::uint64_t last_id_ = 0;
};

Result<void> Zygote::prepare() {
  ::prctl(PR_SET_NAME, "python-zygote");  // its command line is firejail's /proc/self/fd/3
  auto setup = receive_setup(control_.get());
  if (!setup) return setup.error();
  setup_ = std::move(*setup);
  if (auto done = prepare_confinement(); !done) return done;
  if (auto done = prepare_interpreter(); !done) return done;
  return watch_children();
}

Result<void> Zygote::prepare_confinement() {
  if (auto done = set_environment(); !done) return done;
  proc_.reset(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!proc_) return os_failure("open /proc");
  self_.reset(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (!self_) return os_failure("open a descriptor of the zygote's own process");
  if ((setup_.tier == Tier::kUid) != slice_.has_value()) {
    return failure("the tier uid takes a zygote that the launcher has started");
  }
  return slice_ ? prepare_ids() : prepare_namespaces();
}

Result<void> Zygote::prepare_namespaces() {
  networks_.emplace(proc_.get());
  if (auto done = enter_own_namespaces(proc_.get()); !done) return done;
  if (auto done = enter_sandbox_root(setup_.expose); !done) return done;
  auto program = compile_seccomp();
  if (!program) return program.error();
  seccomp_ = std::move(*program);
  return {};
}

Result<void> Zygote::prepare_ids() {
  if (auto trusted = check_trusted(setup_); !trusted) return trusted;
  // What a run leaves behind must come to us, or nobody would reap it.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return os_failure("become a subreaper");
  auto landlock = prepare_landlock(setup_);
  if (!landlock) return landlock.error();
  landlock_ = std::move(*landlock);
  auto program = compile_seccomp(landlock_->scopes() ? Sockets::kUnix : Sockets::kUnixPairs);
  if (!program) return program.error();
  seccomp_ = std::move(*program);
  keeper_.emplace(*slice_, setup_.limits);
  return {};
}

Result<void> Zygote::prepare_interpreter() {
  // Some modules want to write on import. What they write is as gone for workers as the directory.
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
  return keeper_ ? spawn_with_id() : spawn_in_namespaces(cgroup);
}

Result<void> Zygote::spawn_with_id() {
  auto channels = make_channels();
  if (!channels) return channels.error();
  auto lifeline = packet_socketpair();
  if (!lifeline) return lifeline.error();
  auto seat = keeper_->take();
  if (!seat) return seat.error();
  channels->worker.seat = *seat;
  auto cloned = clone_worker(0);
  if (!cloned) {
    keeper_->give_back(*seat);
    return cloned.error();
  }
  if (cloned->pid == 0) {
    run_worker({setup_, seccomp_, baseline_, proc_.get(), self_.get(), *interpreter_, &*landlock_},
               std::move(channels->worker));
  }
  const std::uint64_t id = ++last_id_;
  const std::array fds = {channels->job.get(), channels->out.get(), channels->err.get(),
                          cloned->pidfd.get(), lifeline->first.get()};
  say(WorkerStarted{id}, fds);
  keeper_->add(cloned->pid, id, std::move(*seat), std::move(lifeline->second));
  return {};
}

Result<void> Zygote::spawn_in_namespaces(int cgroup) {
  auto channels = make_channels();
  if (!channels) return channels.error();
  auto network = networks_->enter();
  if (!network) return network.error();
  auto cloned = clone_worker(kWorkerNamespaces, cgroup);
  if (!cloned) return cloned.error();
  if (cloned->pid == 0) {
    run_worker({setup_, seccomp_, baseline_, proc_.get(), self_.get(), *interpreter_},
               std::move(channels->worker));
  }
  const std::uint64_t id = ++last_id_;
  const std::array fds = {channels->job.get(), channels->out.get(), channels->err.get(),
                          cloned->pidfd.get()};
  say(WorkerStarted{id}, fds);
  living_.emplace(cloned->pid, Living{id, std::move(*network)});
  if (auto left = networks_->leave(); !left) give_up(left.error());
  return {};
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
  if (keeper_) {
    const auto exited = keeper_->reaped(pid, status, usage);
    if (!exited) return give_up(exited.error());
    if (*exited) say(**exited);
    return;
  }
  auto living = living_.extract(pid);
  if (living.empty()) return;
  say(exited_worker(living.mapped().id, status, usage));
  auto given = networks_->give_back(std::move(living.mapped().network));
  if (!given) give_up(given.error());
}

// Ends with all its workers after this round: it can no longer promise what they are promised.
void Zygote::give_up(const Failure& failed) {
  say(ZygoteFailed{failed.text()});
  broken_ = true;
}

// Handles one message. False when the responder has closed the control socket or broken the rules.
bool Zygote::obey() {
  auto packet = receive_packet(control_.get());
  if (!packet || !*packet) return false;
  const auto message = decode_to_zygote((*packet)->bytes);
  if (!message || !std::holds_alternative<Spawn>(*message)) return false;
  const std::uint32_t count = std::get<Spawn>(*message).count;
  const auto& cgroups = (*packet)->fds;
  if (!cgroups.empty() && cgroups.size() != count) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const int cgroup = cgroups.empty() ? -1 : cgroups[i].get();
    if (auto spawned = spawn(cgroup); !spawned) say(ZygoteFailed{spawned.error().text()});
  }
  return true;
}

void Zygote::serve() {
  std::vector<pollfd> events;
  while (!broken_) {
    events = {pollfd{control_.get(), POLLIN, 0}, pollfd{children_.get(), POLLIN, 0}};
    if (keeper_) keeper_->watch(events);
    const int patience = keeper_ ? keeper_->wait_milliseconds() : -1;
    if (::poll(events.data(), events.size(), patience) < 0 && errno != EINTR) return;
    if (events[1].revents != 0) reap();
    if (events[0].revents != 0 && !obey()) return;
    if (keeper_) keeper_->look();
  }
}

}  // namespace

int run_zygote(UniqueFd control, std::optional<UidSlice> slice) {
  Zygote zygote(std::move(control), std::move(slice));
  if (auto prepared = zygote.prepare(); !prepared) {
    zygote.say(ZygoteFailed{prepared.error().text()});
    return 1;
  }
  zygote.say(Ready{Interpreter::version()});
  zygote.serve();
  return 0;
}

}  // namespace executor
