// python-executor: the FastCGI responder. Wiring only, in the order in which things start.
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/memory_budget.h"
#include "config/config.h"
#include "config/help.h"
#include "contract/decimal.h"
#include "doctor/doctor.h"
#include "execution/service.h"
#include "front/fastcgi.h"
#include "front/listener.h"
#include "front/routes.h"
#include "front/stall_detector.h"
#include "responder/commands.h"
#include "responder/reloader.h"
#include "responder/signals.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/service_manager.h"

namespace executor {
namespace {

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

// Also reports the grace period, because the supervisor must wait longer than that.
void announce_ready(const Config& config) {
  if (config.ready_fd < 0) return;
  const std::string text = "READY=1\nGRACE_SECONDS=" + std::to_string(config.grace.count()) + "\n";
  (void)!::write(config.ready_fd, text.data(), text.size());
  ::close(config.ready_fd);
}

// What limits memory, in the log: null where nothing is delegated and nothing is required.
Result<std::unique_ptr<CgroupSubtree>> open_cgroups(const ServiceOptions& options, Log& log) {
  Result<std::unique_ptr<CgroupSubtree>> cgroups = failure("off");
  if (options.cgroup != CgroupMode::kOff) {
    cgroups = CgroupSubtree::open(options.cgroup, cgroup_limits(options.setup.limits));
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

std::string status_of(const Service& service) {
  std::string starting;
  for (const std::string& set : service.starting_sets()) {
    starting += (starting.empty() ? "serving; preload sets that are still starting: " : ", ") + set;
  }
  return starting.empty() ? "serving" : starting;
}

// The preload sets that follow the first. When one cannot start, the service must end.
class Followers {
 public:
  Followers(const Service& service, Log& log) : service_(service), log_(log) {
    result_ = std::async(std::launch::async, [this] { return await(); });
  }

  [[nodiscard]] bool starting() const {
    return result_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  }
  [[nodiscard]] bool failed() const { return !starting() && !result_.get(); }

 private:
  bool await() {
    const auto all = service_.await_all_sets();
    if (all) {
      notify_status(status_of(service_));
      log_.info("all preload sets are attested: tier " + std::string(name_of(service_.tier())));
    } else {
      log_.error("cannot start: " + all.error().text());
      Signals::request_stop();
    }
    return all.has_value();
  }

  const Service& service_;
  Log& log_;
  std::shared_future<bool> result_;
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
  // systemd's socket outranks the setting.
  const std::string address = *socket ? address_of_listener(socket->get()) : config.front.socket;
  if (address != config.front.socket && config.front.socket != kUsualSocket) {
    log.warning("socket = " + config.front.socket + " has no effect: systemd has opened " +
                address + " for the service; change ListenStream= of its socket unit");
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
  notify_ready(status_of(service));
  std::optional<Watchdog> watchdog(std::in_place, WatchdogProbe(service, *server, config, log));
  log.info("ready: tier " + std::string(name_of(service.tier())) + ", " +
           std::to_string(config.service.workers) + " runs at once, socket " + address + ", " +
           status_of(service));
  const Followers followers(service, log);

  while (signals.next() == SIGHUP) reloader.begin();
  reloader.close();
  drain(service, *server, signals, config, log);
  watchdog.reset();  // before the server, which it looks at
  server->stop();
  // Zygotes that are being started cannot be waited for: they end with their control sockets.
  if (reloader.busy() || followers.starting()) ::_exit(0);
  return followers.failed() ? 1 : 0;
}

}  // namespace
}  // namespace executor

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "run") {
    return executor::exec_client(argv + 1);
  }
  if (executor::asks_about_run(argc, argv)) {
    std::array<char*, 3> help = {argv[2], argv[1], nullptr};
    return executor::exec_client(help.data());
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
