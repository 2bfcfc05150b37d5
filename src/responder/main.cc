// python-executor: the FastCGI responder. Wiring only, in the order in which things start.
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "config/config.h"
#include "execution/service.h"
#include "front/fastcgi.h"
#include "front/routes.h"
#include "telemetry/log.h"

namespace executor {
namespace {

// Blocks the signals that end the service in this thread and all that it starts: one place takes
// them, await_end().
sigset_t take_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void announce_ready(int fd) {
  if (fd < 0) return;
  (void)!::write(fd, "READY=1\n", 8);
  ::close(fd);
}

int serve(const Config& config) {
  const sigset_t signals = take_signals();
  Log log;
  Service service(config.service, [&log](const std::string& text) { log.warning(text); });
  if (auto started = service.start(); !started) {
    log.error("cannot start: " + started.error().text());
    return 1;
  }
  auto server = FastCgiServer::open(config.front);
  if (!server) {
    log.error("cannot start: " + server.error().text());
    return 1;
  }
  const Routes routes(service, log, config.request);
  const Handler handler = [&routes](const Request& request, const Respond& respond) {
    routes.serve(request, respond);
  };
  server->start(handler);
  announce_ready(config.ready_fd);
  log.info("ready: " + std::to_string(config.service.workers) + " runs at once, socket " +
           config.front.socket);

  int signal = 0;
  ::sigwait(&signals, &signal);
  log.info("stopping: running scripts are finished first");
  service.drain();
  server->stop();
  return 0;
}

}  // namespace
}  // namespace executor

int main(int argc, char** argv) {
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
  return executor::serve(command->config);
}
