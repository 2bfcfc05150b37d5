// Theory of operation
//
// The server is to its workers what the zygote is to the service's: it starts Python with the same
// preload set, keeps as many workers ready, clones them without atfork handlers, and warms spare
// ones by the rule of execution/pool.cc. A worker does what runner/worker.cc does, its confinement
// excepted. What the service's parts say to each other goes a shorter way here:
//
//   connections   All workers wait on one epoll instance with the listening socket in it, and take
//                 connections from there themselves. Of those that wait the newest is woken, as the
//                 pool prefers the newest worker.
//   reports       A pipe on which each worker reports its state to the server.
//   SIGUSR1       Makes a waiting worker run the set's warm-up script. Blocked everywhere but
//                 in the wait, so that it never interrupts a job.
//
// The server dies by a signal, and its workers with it.

#include "bare_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "config/config.h"
#include "execution/pool.h"
#include "message.h"
#include "runner/interpreter.h"
#include "runner/proc_file.h"

namespace executor::bench {
namespace {

constexpr int kBacklog = 128;
constexpr int kWarmUpSignal = SIGUSR1;
constexpr std::uint8_t kFunctionDialect = 0;

enum class State : std::uint8_t { kCold, kWarm, kWarming, kHot, kBusy };
enum class Event : std::uint8_t { kWarm, kBusy, kDone };

// One write(2) of this is one report: atomic, as it is smaller than PIPE_BUF (pipe(7)).
struct Report {
  pid_t worker;
  Event event;
};

struct Worker {
  pid_t pid;
  State state = State::kCold;
};

int require(int value, const char* step) {
  if (value < 0) throw std::system_error(errno, std::generic_category(), step);
  return value;
}

template <typename T>
T require(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

sigset_t signals(std::initializer_list<int> members) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int member : members) ::sigaddset(&set, member);
  return set;
}

// --- What is prepared before the first worker
// -------------------------------------------------------

Setup setup_of(const std::string& name, std::uint32_t& ready) {
  const char* const command[] = {"bench"};
  const Config config = require(read_config(1, command)).config;
  const auto& sets = config.service.sets;
  const auto set = std::find_if(sets.begin(), sets.end(),
                                [&name](const PreloadSet& one) { return one.name == name; });
  if (set == sets.end()) throw std::runtime_error("no preload set is named " + name);
  Setup setup = config.service.setup;
  setup.preload = set->modules;
  setup.preload.insert(setup.preload.end(), set->also.begin(), set->also.end());
  setup.warm_up = set->warm_up;
  ready = set->ready;
  return setup;
}

UniqueFd listen_at(const std::string& path) {
  UniqueFd listener(
      require(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "make a socket"));
  const sockaddr_un address = socket_address(path);
  require(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "bind the socket");
  require(::listen(listener.get(), kBacklog), "listen");
  return listener;
}

void require_one_thread() {
  const UniqueFd proc(require(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "open /proc"));
  if (require(read_proc_number(proc.get(), "self/status", "Threads")) != 1) {
    throw std::runtime_error("a preloaded module started a thread, which no worker would have");
  }
}

// --- A worker
// ----------------------------------------------------------------------------------------

// What the server and its workers share.
struct Prepared {
  Setup setup;
  Interpreter interpreter;
  UniqueFd listener;
  UniqueFd queue;  // epoll(7)
  UniqueFd reports, reports_in;
};

void report(const Prepared& prepared, Event event) {
  const Report message{::getpid(), event};
  const ssize_t wrote = ::write(prepared.reports_in.get(), &message, sizeof message);
  require(static_cast<int>(wrote), "report to the server");
}

// One-shot: the kernel wakes one worker, and no other before that one has taken its connection.
void watch_listener(const Prepared& prepared, int operation) {
  epoll_event event{EPOLLIN | EPOLLONESHOT, {}};
  require(::epoll_ctl(prepared.queue.get(), operation, prepared.listener.get(), &event),
          "watch the listening socket");
}

UniqueFd await_connection(Prepared& prepared) {
  const sigset_t blocked = signals({SIGCHLD});
  for (;;) {
    epoll_event event{};
    if (::epoll_pwait(prepared.queue.get(), &event, 1, -1, &blocked) < 0) {
      prepared.interpreter.warm_up(prepared.setup.warm_up);
      report(prepared, Event::kWarm);
      continue;
    }
    UniqueFd connection(::accept4(prepared.listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    watch_listener(prepared, EPOLL_CTL_MOD);
    if (connection) return connection;
  }
}

void run_job(Prepared& prepared, int connection) {
  const std::string source = receive_message(connection);
  const Claim claim =
      prepared.interpreter.execute({Dialect::kFunction, source}, prepared.setup.limits.result);
  const bool returned = claim.kind == ClaimKind::kReturned;
  send_bytes(connection, to_message(returned ? "{\"result\": " + claim.text + "}" : claim.text));
}

// The worker's end costs a millisecond of CPU, so it waits until the client has its answer.
void await_hang_up(int connection) {
  char byte = 0;
  (void)::recv(connection, &byte, 1, 0);
}

[[noreturn]] void run_worker(Prepared& prepared) try {
  require(::prctl(PR_SET_PDEATHSIG, SIGKILL), "ask to die with the server");
  require(::setsid(), "start a session");
  prepared.interpreter.fresh_process();
  prepared.interpreter.warm_up();
  report(prepared, Event::kWarm);
  const UniqueFd connection = await_connection(prepared);
  report(prepared, Event::kBusy);
  run_job(prepared, connection.get());
  await_hang_up(connection.get());
  report(prepared, Event::kDone);
  ::_exit(0);
} catch (const std::exception& error) {
  std::cerr << "bare server: a worker failed: " << error.what() << std::endl;
  ::_exit(1);
}

// --- The server
// --------------------------------------------------------------------------------------

class Server {
 public:
  Server(Prepared prepared, std::uint32_t ready);
  [[noreturn]] void serve();

 private:
  void replenish();
  void hear();
  void obey(const Report& report);
  void warm_up_spare();
  void reap();
  [[nodiscard]] int wait_milliseconds() const;
  [[nodiscard]] bool any(State state) const;
  [[nodiscard]] std::size_t idle() const;

  Prepared prepared_;
  const std::size_t ready_;
  const std::chrono::milliseconds warm_up_after_ = PoolOptions().warm_up_after;
  UniqueFd children_;            // signalfd(2) of SIGCHLD
  std::vector<Worker> workers_;  // oldest first
  Clock::time_point last_use_ = Clock::now();
  bool announced_ = false;
};

Server::Server(Prepared prepared, std::uint32_t ready)
    : prepared_(std::move(prepared)), ready_(ready) {
  ::signal(kWarmUpSignal, [](int) {});
  const sigset_t blocked = signals({SIGCHLD, kWarmUpSignal});
  require(::sigprocmask(SIG_BLOCK, &blocked, nullptr), "block signals");
  const sigset_t child_ended = signals({SIGCHLD});
  children_.reset(
      require(::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK), "watch for ended workers"));
}

bool Server::any(State state) const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [state](const Worker& worker) { return worker.state == state; });
}

std::size_t Server::idle() const {
  const auto busy = [](const Worker& worker) { return worker.state == State::kBusy; };
  return workers_.size() -
         static_cast<std::size_t>(std::count_if(workers_.begin(), workers_.end(), busy));
}

void Server::replenish() {
  while (idle() < ready_) {
    const pid_t pid = require(::_Fork(), "clone a worker");
    if (pid == 0) run_worker(prepared_);
    workers_.push_back({pid});
  }
}

void Server::obey(const Report& report) {
  const auto worker = std::find_if(workers_.begin(), workers_.end(), [&report](const Worker& one) {
    return one.pid == report.worker;
  });
  if (worker == workers_.end()) return;
  switch (report.event) {
    case Event::kWarm:
      worker->state = worker->state == State::kWarming ? State::kHot : State::kWarm;
      break;
    case Event::kBusy:
      worker->state = State::kBusy;
      if (idle() == 0) replenish();  // else after the answer: the machine is the job's until then
      break;
    case Event::kDone:
      workers_.erase(worker);
      last_use_ = Clock::now();
      replenish();
      break;
  }
}

void Server::hear() {
  std::array<Report, 16> reports{};
  const ssize_t got = ::read(prepared_.reports.get(), reports.data(), sizeof reports);
  for (std::size_t i = 0; got > 0 && i < static_cast<std::size_t>(got) / sizeof(Report); ++i) {
    obey(reports[i]);
  }
  if (!announced_ && !any(State::kCold)) {
    announced_ = true;
    std::cout << "bare server: ready" << std::endl;
  }
}

// How long the server may sleep: without a limit, unless a spare worker is to be warmed.
int Server::wait_milliseconds() const {
  const bool all_hot = !any(State::kCold) && !any(State::kWarm) && !any(State::kWarming);
  if (prepared_.setup.warm_up.empty() || all_hot || any(State::kBusy)) return -1;
  return static_cast<int>(warm_up_after_.count());
}

void Server::warm_up_spare() {
  if (any(State::kBusy) || any(State::kWarming)) return;
  if (Clock::now() - last_use_ < warm_up_after_) return;
  const auto next = std::find_if(workers_.rbegin(), workers_.rend(),
                                 [](const Worker& worker) { return worker.state == State::kWarm; });
  if (next == workers_.rend()) return;
  next->state = State::kWarming;
  ::kill(next->pid, kWarmUpSignal);
}

void Server::reap() {
  signalfd_siginfo ignored[8];
  while (::read(children_.get(), ignored, sizeof ignored) > 0) {
  }
  int status = 0;
  while (::waitpid(-1, &status, WNOHANG) > 0) {
    if (status != 0) {
      throw std::runtime_error("a worker ended with wait status " + std::to_string(status));
    }
  }
}

void Server::serve() {
  replenish();
  for (;;) {
    std::array<pollfd, 2> events = {pollfd{prepared_.reports.get(), POLLIN, 0},
                                    pollfd{children_.get(), POLLIN, 0}};
    if (::poll(events.data(), events.size(), wait_milliseconds()) == 0) warm_up_spare();
    if (events[0].revents != 0) hear();
    if (events[1].revents != 0) reap();
  }
}

}  // namespace

std::string modules_of(const std::string& set) {
  std::uint32_t ready = 0;
  std::string lines;
  for (const std::string& module : setup_of(set, ready).preload) lines += module + "\n";
  return lines;
}

void run_bare_server(const std::string& path, const std::string& set) {
  std::uint32_t ready = 0;
  const Setup setup = setup_of(set, ready);
  Interpreter interpreter = require(Interpreter::start(setup));
  require_one_thread();
  int reports[2];
  require(::pipe2(reports, O_CLOEXEC), "make a pipe");
  Prepared prepared{setup,
                    interpreter,
                    listen_at(path),
                    UniqueFd(require(::epoll_create1(EPOLL_CLOEXEC), "make a queue")),
                    UniqueFd(reports[0]),
                    UniqueFd(reports[1])};
  watch_listener(prepared, EPOLL_CTL_ADD);
  Server(std::move(prepared), ready).serve();
}

}  // namespace executor::bench
