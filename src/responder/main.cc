// python-executor: the FastCGI responder. Wiring only, in the order in which things start.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <future>
#include <string_view>
#include <system_error>
#include <thread>

#include "config/config.h"
#include "doctor/doctor.h"
#include "execution/service.h"
#include "front/fastcgi.h"
#include "front/routes.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/service_manager.h"

namespace executor {
namespace {

// Takes SIGTERM and SIGINT for the whole process, in a thread of its own. Make it before any other
// thread. Until started() they end the process at once: there is nothing to finish, and closed
// control sockets end the jails.
class StopSignal {
 public:
  StopSignal() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGTERM);
    ::sigaddset(&signals_, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread(&StopSignal::take, this);
  }
  ~StopSignal() {
    started_ = true;
    ::pthread_kill(thread_.native_handle(), SIGINT);
    thread_.join();
  }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void started() { started_ = true; }
  void await() { taken_.get_future().wait(); }

 private:
  void take() {
    int signal = 0;
    ::sigwait(&signals_, &signal);
    if (!started_) ::_exit(0);
    taken_.set_value();
  }

  sigset_t signals_{};
  std::atomic<bool> started_{false};
  std::promise<void> taken_;
  std::thread thread_;
};

// Each run takes five descriptors, each request one: more than the usual soft limit on a large
// machine.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void announce_ready(int fd) {
  if (fd < 0) return;
  (void)!::write(fd, "READY=1\n", 8);
  ::close(fd);
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

// As long as any request that has been taken may need.
Deadline served(const Config& config) {
  constexpr std::chrono::seconds kStart{5};
  return Deadline::after(std::chrono::duration_cast<Clock::duration>(
      config.service.queue_wait + kStart + config.request.max_timeout));
}

int serve(const Config& config) {
  raise_descriptor_limit();
  StopSignal stop;
  Log log(config.log_format);
  Metrics metrics(version());
  const auto cgroups = open_cgroups(config.service, log);
  if (!cgroups) {
    log.error("cannot start: " + cgroups.error().text());
    return 1;
  }
  Service service(
      config.service, [&log](const std::string& text) { log.warning(text); }, cgroups->get());
  if (auto started = service.start(); !started) {
    log.error("cannot start: " + started.error().text());
    return 1;
  }
  auto socket = inherited_socket();
  if (!socket) {
    log.error("cannot start: " + socket.error().text());
    return 1;
  }
  auto server = FastCgiServer::open(config.front, std::move(*socket));
  if (!server) {
    log.error("cannot start: " + server.error().text());
    return 1;
  }
  const Routes routes(service, log, metrics, config.request);
  const Handler handler = [&routes](const Request& request, Reply& reply) {
    routes.serve(request, reply);
  };
  server->start(handler);
  stop.started();
  announce_ready(config.ready_fd);
  notify_ready();
  const Watchdog watchdog([&service] { return service.trouble().empty(); });
  log.info("ready: tier " + std::string(name_of(service.tier())) + ", " +
           std::to_string(config.service.workers) + " runs at once, socket " + config.front.socket);

  stop.await();
  log.info("stopping: running scripts are finished first");
  notify_stopping();
  server->hand_over(served(config));  // before the drain, which refuses what was taken and waits
  service.drain();
  server->stop();
  return 0;
}

// `python-executor run` is a client of the service. It is a program of its own, so that no HTTP
// gets in here: beside this one, or where packages put what people do not start by hand. Returns
// when there is none.
void become_client(char** argv) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* directory : {"", "../libexec/python-executor", "../lib/python-executor"}) {
    ::execv((here / directory / "python-executor-client").c_str(), argv);
  }
  std::perror("python-executor: run: python-executor-client");
}

}  // namespace
}  // namespace executor

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "run") {
    executor::become_client(argv + 1);
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
  if (command->config.check_only) return 0;
  if (command->config.doctor) return executor::run_doctor(command->config);
  return executor::serve(command->config);
}
