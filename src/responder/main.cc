// python-executor: the FastCGI responder. Wiring only, in the order in which things start.
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "base/memory_budget.h"
#include "config/check.h"
#include "config/config.h"
#include "config/help.h"
#include "config/nginx.h"
#include "contract/decimal.h"
#include "doctor/doctor.h"
#include "execution/service.h"
#include "front/fastcgi.h"
#include "front/routes.h"
#include "front/stall_detector.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/service_manager.h"
#include "wire/control.h"
#include "wire/launch.h"

namespace executor {
namespace {

// Takes SIGTERM, SIGINT and SIGHUP for the whole process. Make it before any other thread. Until
// started() they end the process at once: there is nothing to finish, and closed control sockets
// end the jails.
class Signals {
 public:
  Signals() {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    early_ = std::thread(&Signals::exit_during_startup, this);
  }
  ~Signals() { started(); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void started() {
    if (!early_.joinable()) return;
    started_ = true;
    ::pthread_kill(early_.native_handle(), SIGHUP);
    early_.join();
  }
  // The next one; for the thread that called started().
  [[nodiscard]] int next() const {
    int signal = 0;
    ::sigwait(&signals_, &signal);
    return signal;
  }
  // Whether a stop has been requested meanwhile; for the same thread.
  [[nodiscard]] bool again() const {
    constexpr timespec kAtOnce{};
    for (int signal = 0; (signal = ::sigtimedwait(&signals_, nullptr, &kAtOnce)) > 0;) {
      if (signal != SIGHUP) return true;
    }
    return false;
  }

 private:
  void exit_during_startup() const {
    while (!started_) {
      if (next() != SIGHUP) ::_exit(0);
    }
  }

  sigset_t signals_{};
  std::atomic<bool> started_{false};
  std::thread early_;
};

// Each run takes five descriptors, each request one: more than the usual soft limit on a large
// machine.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Memory of outputs and results goes back to the system once they have been sent. glibc would adapt
// to their size and keep them, in every thread's arena the largest so far.
void return_large_memory() {
  constexpr int kLarge = 128 << 10;
  ::mallopt(M_MMAP_THRESHOLD, kLarge);
  ::mallopt(M_TRIM_THRESHOLD, 4 * kLarge);
}

// The grace as well: the supervisor must wait longer than that.
void announce_ready(const Config& config) {
  if (config.ready_fd < 0) return;
  const std::string text = "READY=1\nGRACE_SECONDS=" + std::to_string(config.grace.count()) + "\n";
  (void)!::write(config.ready_fd, text.data(), text.size());
  ::close(config.ready_fd);
}

// What limits memory, in the log: null where nothing is delegated and nothing is required.
Result<std::unique_ptr<Cgroups>> open_cgroups(const ServiceOptions& options, Log& log) {
  Result<std::unique_ptr<Cgroups>> cgroups = failure("off");
  if (options.cgroup != CgroupMode::kOff) {
    cgroups = Cgroups::open(options.cgroup, cgroup_limits(options.setup.limits));
  }
  if (cgroups) {
    log.info("cgroup: one for each run below " + (*cgroups)->path() + " with " +
             (*cgroups)->controllers());
  } else if (options.cgroup == CgroupMode::kRequired) {
    return failure("cgroup is required: " + cgroups.error().text());
  } else {
    log.info("cgroup: none, the memory of a run is watched (" + cgroups.error().text() + ")");
    return nullptr;
  }
  return cgroups;
}

RouteOptions route_options(const Config& config) {
  return {config.request, config.clients, version(), config.service.run.memory};
}

// How many requests may have a body in memory: half of the spare threads are left for /health and
// for refusals, however many bodies wait.
std::size_t requests_at_once(const Config& config) {
  return config.front.threads - kSpareThreads / 2;
}

// Everything that a reload involves, and the thread that does it: signals are handled meanwhile.
class Reloader {
 public:
  using Read = std::function<Result<Command>()>;
  Reloader(Read read, Config config, Service& service, FastCgiServer& server, MemoryBudget& memory,
           Routes& routes, Log& log)
      : read_(std::move(read)),
        config_(std::move(config)),
        service_(service),
        server_(server),
        memory_(memory),
        routes_(routes),
        log_(log) {}

  // Whether a reload is under way.
  [[nodiscard]] bool busy() const {
    return going_on_.valid() &&
           going_on_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  }
  // From now on nothing is changed any more.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void begin() {
    if (busy()) {
      log_.warning("the configuration is being reloaded already");
    } else {
      going_on_ = std::async(std::launch::async, &Reloader::reload, this);
    }
  }

 private:
  void reload() {
    if (auto done = try_to(); done) {
      log_.info("the configuration is reloaded");
    } else {
      log_.error("configuration reload failed, keeping the current one: " + done.error().text());
    }
  }
  Result<void> try_to() {
    auto command = read_();
    if (!command) return command.error();
    Config& next = command->config;
    if (const std::string fixed = fixed_at_start(config_, next); !fixed.empty()) {
      return failure(fixed + " can only be changed by a new start");
    }
    if (auto loaded = service_.reload(next.service); !loaded) return loaded;
    const std::lock_guard lock(mutex_);
    if (closed_) return failure("the service is stopping");
    server_.grow(next.front.threads);
    memory_.admit(requests_at_once(next));
    routes_.set_options(route_options(next));
    return {};
  }

  Read read_;
  Config config_;  // of the start
  Service& service_;
  FastCgiServer& server_;
  MemoryBudget& memory_;
  Routes& routes_;
  Log& log_;
  std::mutex mutex_;
  bool closed_ = false;
  std::future<void> going_on_;
};

// Whether all runs have ended, by the deadline and before a second signal says not to wait.
bool await_idle(Service& service, const Signals& signals, Deadline end) {
  constexpr auto kTurn = std::chrono::milliseconds(50);
  while (!end.passed() && !signals.again()) {
    if (service.await_idle(Deadline::after(kTurn))) return true;
  }
  return false;
}

// Lets running scripts end within the grace, and ends the others then or at a second signal: their
// clients get an answer all the same.
void drain(Service& service, FastCgiServer& server, const Signals& signals, const Config& config,
           Log& log) {
  log.info("stopping: running scripts have " + decimal(config.grace.count(), 3) + " s to end");
  notify_stopping(config.grace);
  const auto end = Deadline::after(std::chrono::duration_cast<Clock::duration>(config.grace));
  server.stop_accepting(end);  // before the drain, which refuses what was taken and waits
  service.drain();
  if (await_idle(service, signals, end)) return;
  log.warning("stopping: the grace period is over, ending the remaining runs");
  service.interrupt();
}

// What the watchdog asks. No request takes longer than nginx waits for it (config/config.cc).
class WatchdogProbe {
 public:
  WatchdogProbe(const Service& service, const FastCgiServer& server, const Config& config, Log& log)
      : service_(service),
        server_(server),
        stall_detector_(std::chrono::duration_cast<Clock::duration>(config.front_timeout)),
        log_(log) {}

  bool operator()(Clock::duration interval) {
    const bool still = stall_detector_.sample(server_.progress(), interval);
    if (still) log_.error("stalled: connections are pending but no request completes");
    return !still && service_.unhealthy_reason().empty();
  }

 private:
  const Service& service_;
  const FastCgiServer& server_;
  StallDetector stall_detector_;
  Log& log_;
};

int serve(const Config& config, const Reloader::Read& read) {
  raise_descriptor_limit();
  return_large_memory();
  Signals signals;
  Log log(config.log_format);
  Metrics metrics(version());
  const auto cgroups = open_cgroups(config.service, log);
  if (!cgroups) {
    log.error("cannot start: " + cgroups.error().text());
    return 1;
  }
  MemoryBudget memory(config.body_memory, requests_at_once(config));
  Service service(
      config.service, [&log](const std::string& text) { log.warning(text); }, cgroups->get(),
      &memory);
  if (auto started = service.start(); !started) {
    log.error("cannot start: " + started.error().text());
    return 1;
  }
  auto socket = inherited_socket();
  if (!socket) {
    log.error("cannot start: " + socket.error().text());
    return 1;
  }
  FastCgiOptions front = config.front;
  front.memory = &memory;
  auto server = FastCgiServer::open(front, std::move(*socket));
  if (!server) {
    log.error("cannot start: " + server.error().text());
    return 1;
  }
  Routes routes(service, log, metrics, route_options(config));
  const Handler handler = [&routes](Request& request, Reply& reply) {
    routes.serve(request, reply);
  };
  server->start(handler);
  Reloader reloader(read, config, service, *server, memory, routes, log);
  signals.started();
  announce_ready(config);
  notify_ready();
  std::optional<Watchdog> watchdog(std::in_place, WatchdogProbe(service, *server, config, log));
  log.info("ready: tier " + std::string(name_of(service.tier())) + ", " +
           std::to_string(config.service.workers) + " runs at once, socket " + config.front.socket);

  while (signals.next() == SIGHUP) reloader.begin();
  reloader.close();
  drain(service, *server, signals, config, log);
  watchdog.reset();  // before the server, which it looks at
  server->stop();
  // Zygotes that are being started cannot be waited for: they end with their control sockets.
  if (reloader.busy()) ::_exit(0);
  return 0;
}

// What zygotes of the tier uid are started with, for the launcher (wire/launch.h).
int print_setups(const ServiceOptions& options) {
  std::string text;
  if (options.tier == Tier::kUid) text.append(kOnlyUidLine).append("\n");
  for (const PreloadSet& set : options.sets) {
    Setup setup = pool_options(options, set).setup;
    setup.tier = Tier::kUid;
    text.append(kSetupLine).append(to_hex(encode(ToZygote(setup)))).append("\n");
  }
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
}

// What --nginx-config and --openapi ask for; the exit status.
int write_for_nginx(const Config& config) {
  if (!config.nginx_directory.empty()) {
    if (auto written = write_nginx_files(config, config.nginx_directory); !written) {
      std::fprintf(stderr, "python-executor: %s\n", written.error().text().c_str());
      return 2;
    }
  }
  if (config.openapi_template.empty()) return 0;
  const auto text = read_openapi(config, config.openapi_template);
  if (!text) {
    std::fprintf(stderr, "python-executor: %s\n", text.error().text().c_str());
    return 2;
  }
  return std::fwrite(text->data(), 1, text->size(), stdout) == text->size() ? 0 : 2;
}

// What --check-config asks for; the exit status.
int print_check(const Command& command) {
  const auto problems = problems_of(command);
  for (const std::string& problem : problems) {
    std::fprintf(stderr, "python-executor: %s\n", problem.c_str());
  }
  if (!problems.empty()) return 2;
  return std::puts("ok") < 0 ? 1 : 0;
}

// `python-executor run` is a client of the service. It is a program of its own, so that no HTTP
// gets in here: next to this one, or where packages put programs that people do not start by hand.
// Returns when it is not installed.
void exec_client(char** argv) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* directory : {"", "../libexec/python-executor", "../lib/python-executor"}) {
    ::execv((here / directory / "python-executor-client").c_str(), argv);
  }
  std::perror("python-executor: run: python-executor-client");
}

// --help run: the client has a help of its own.
bool asks_about_run(int argc, char** argv) {
  if (argc < 3 || std::string_view(argv[2]) != "run") return false;
  const std::string_view word = argv[1];
  return word == "--help" || word == "-h";
}

}  // namespace
}  // namespace executor

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "run") {
    executor::exec_client(argv + 1);
    return 2;
  }
  if (executor::asks_about_run(argc, argv)) {
    std::array<char*, 3> help = {argv[2], argv[1], nullptr};
    executor::exec_client(help.data());
    return 2;
  }
  if (argc > 1 && argv[1][0] != '-' && std::string_view(argv[1]) != "help") {
    std::fprintf(stderr, "python-executor: %s\n", executor::unknown_command(argv[1]).c_str());
    return 2;
  }
  const auto command = executor::read_config(argc, argv);
  if (!command) {
    std::fprintf(stderr, "python-executor: %s\n", command.error().text().c_str());
    return 2;
  }
  if (command->answer) {
    std::fputs(command->answer->c_str(), stdout);
    return 0;
  }
  if (command->config.check_only) return executor::print_check(*command);
  if (command->config.print_setups) return executor::print_setups(command->config.service);
  if (!command->config.nginx_directory.empty() || !command->config.openapi_template.empty()) {
    return executor::write_for_nginx(command->config);
  }
  if (command->config.doctor) return executor::run_doctor(command->config);
  return executor::serve(command->config,
                         [argc, argv] { return executor::read_config(argc, argv); });
}
