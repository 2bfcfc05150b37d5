#include "support/sandbox.h"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "execution/attest_sandbox.h"
#include "support/boost_test.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;

// A directory that the environment names, or the one that `make` leaves things in.
fs::path directory_of(const char* variable, const char* otherwise) {
  const char* value = ::getenv(variable);
  return fs::absolute(value != nullptr ? value : otherwise);
}

}  // namespace

JailOptions jail_options() {
  JailOptions options;
  options.runner = directory_of("EXECUTOR_BIN", "build/release") / "python-executor-runner";
  options.firejail.profile =
      directory_of("EXECUTOR_SOURCE", ".") / "firejail/python-executor.profile";
  return options;
}

PoolOptions pool_options(std::uint32_t ready) {
  PoolOptions options;
  options.name = "test";
  options.jail = jail_options();
  options.ready = ready;
  return options;
}

TestPool::TestPool(PoolOptions options)
    : pool_(std::move(options), attest_sandbox,
            [](const std::string& text) { std::clog << "the pool reports: " + text + "\n"; }) {
  pool_.start();
  const auto attested = pool_.await_attested(Deadline::after(2 * kHang));
  BOOST_REQUIRE_MESSAGE(attested.has_value(), (attested ? "" : attested.error().text()));
}

Lease TestPool::lease() {
  auto lease = pool_.acquire(Deadline::after(kHang));
  // Not by Boost.Test, whose assertions are for one thread: several may run jobs.
  if (!lease) throw std::runtime_error("no worker in time");
  return std::move(*lease);
}

RunReport TestPool::run(Dialect dialect, const std::string& source,
                        std::chrono::duration<double> timeout, const RunLimits& limits,
                        int client_fd) {
  const Lease worker = lease();
  return run_job(RunRequest{{dialect, source}, timeout}, worker.worker(), limits, client_fd,
                 [&worker](Deadline by) { return worker.await_exit(by); });
}

bool await(const std::function<bool()>& happened) {
  constexpr auto kPause = std::chrono::milliseconds(2);
  const auto deadline = Deadline::after(kHang);
  while (!happened()) {
    if (deadline.passed()) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

bool all_gone(const std::vector<Process>& processes) {
  return std::none_of(processes.begin(), processes.end(), exists);
}

Scratch::Scratch() {
  std::string name = fs::temp_directory_path() / "integration.XXXXXX";
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  directory_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string Scratch::file(const std::string& name, const std::string& text) const {
  std::ofstream(directory_ / name) << text;
  fs::permissions(directory_ / name, fs::perms::owner_all);
  return directory_ / name;
}

std::string Scratch::path(const std::string& name) const {
  return directory_ / name;
}

}  // namespace executor::test
