// The real jail, runner and workers as the integration tests start them.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "execution/pool.h"
#include "execution/run.h"
#include "support/processes.h"

namespace executor::test {

// Far above what anything takes, also where other work has the processors: a bound for hangs.
inline constexpr auto kHang = std::chrono::seconds(120);

// The firejail of this machine with the profile and the runner of this build.
JailOptions jail_options();

// A pool's options with nothing preloaded.
PoolOptions pool_options(std::uint32_t ready = 2);

// A pool that is attested by the real canary and whose reports are kept.
class TestPool {
 public:
  explicit TestPool(PoolOptions options = pool_options());

  Pool& operator*() { return pool_; }
  Pool* operator->() { return &pool_; }
  // A ready worker; fails the test when there is none.
  Lease lease();
  // Runs `source` on a worker of its own.
  RunReport run(Dialect dialect, const std::string& source,
                std::chrono::duration<double> timeout = kHang, const RunLimits& limits = {},
                int client_fd = -1);

 private:
  Pool pool_;
};

// Waits until `happened` says so. False when it has not within kHang.
bool await(const std::function<bool()>& happened);

// Whether none of the processes is left, zombies included.
bool all_gone(const std::vector<Process>& processes);

// A directory of a test's own, removed with the object.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  // Makes a file in it, executable, and returns its path.
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string path(const std::string& name) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace executor::test
