#include "responder/reloader.h"

#include <exception>
#include <string>
#include <utility>

#include "base/attempt.h"

namespace executor {

RouteOptions route_options(const Config& config) {
  return {config.request, config.clients, version(), config.service.run.memory};
}

std::size_t requests_at_once(const Config& config) {
  return config.front.threads - kSpareThreads / 2;
}

Reloader::Reloader(Read read, Config config, Service& service, FastCgiServer& server,
                   MemoryBudget& memory, Routes& routes, Log& log)
    : read_(std::move(read)),
      config_(std::move(config)),
      service_(service),
      server_(server),
      memory_(memory),
      routes_(routes),
      log_(log) {}

bool Reloader::busy() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

void Reloader::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void Reloader::begin() {
  const std::lock_guard lock(mutex_);
  if (running_) {
    again_ = true;
    log_.info("a reload is under way: the configuration will be read again after it");
    return;
  }
  running_ = true;
  try {
    thread_ = std::async(std::launch::async, &Reloader::reload, this);
  } catch (const std::exception& error) {  // no thread is left: the next signal may find one
    running_ = false;
    report(failure(error.what()));
  }
}

void Reloader::report(const Failure& why) const {
  log_.error("configuration reload failed, keeping the current one: " + why.text());
}

void Reloader::reload() {
  do {
    if (auto done = attempt([this] { return read_and_apply(); }); done) {
      log_.info("the configuration is reloaded");
    } else {
      report(done.error());
    }
  } while (go_on());
}

// What was asked for meanwhile may have come after the files were read.
bool Reloader::go_on() {
  const std::lock_guard lock(mutex_);
  running_ = std::exchange(again_, false) && !closed_;
  return running_;
}

// The threads come first: to have more of them changes nothing if the rest fails.
Result<void> Reloader::read_and_apply() {
  auto command = read_();
  if (!command) return command.error();
  Config& next = command->config;
  if (const std::string fixed = fixed_at_start(config_, next); !fixed.empty()) {
    const bool derived = !command->origins.contains(fixed);
    return failure(fixed + (derived ? ", which follows from other settings," : "") +
                   " can only be changed by a restart");
  }
  if (auto grown = grow(next.front.threads); !grown) return grown;
  if (auto loaded = service_.reload(next.service); !loaded) return loaded;
  const std::lock_guard lock(mutex_);
  if (closed_) return failure("the service is stopping");
  memory_.admit(requests_at_once(next));
  routes_.set_options(route_options(next));
  return {};
}

Result<void> Reloader::grow(std::uint32_t threads) {
  const std::lock_guard lock(mutex_);
  if (closed_) return failure("the service is stopping");
  server_.grow(threads);
  return {};
}

}  // namespace executor
