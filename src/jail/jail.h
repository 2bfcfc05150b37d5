// One zygote inside its jail, in any tier: starts it, sends its setup, and talks to it on its
// control socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "jail/firejail.h"
#include "jail/identity.h"
#include "jail/process.h"
#include "wire/control.h"

namespace executor {

struct JailOptions {
  FirejailOptions firejail;
  std::string runner;    // path of python-executor-runner
  int launcher_fd = -1;  // socket to the launcher (wire/launch.h); -1: no launcher
  std::chrono::seconds start_timeout{120};  // imports included, on a machine that is busy
  RunIdentity identity = RunIdentity::kAuto;
  std::uint32_t run_ids = 128;  // for its workers, including those that are ending
};

// A new worker and our ends of its channels, or any other message.
struct FromJail {
  FromZygote message;
  std::vector<UniqueFd> fds;  // worker_fds() of them with WorkerStarted, else none
};

// Whether what `tier` needs is there at all. Proves nothing: attestation does that.
Result<void> check_tier(Tier tier, const JailOptions& options);

// Handle to the started runner: our child (firejail or the runner), or a pidfd, to wait for its
// end, and a lifeline (wire/launch.h) when the launcher started it, which then reaps it.
class RunnerHandle {
 public:
  explicit RunnerHandle(Process process) : process_(std::move(process)) {}
  RunnerHandle(UniqueFd pidfd, UniqueFd lifeline)
      : pidfd_(std::move(pidfd)), lifeline_(std::move(lifeline)) {}
  RunnerHandle(RunnerHandle&&) noexcept = default;
  RunnerHandle& operator=(RunnerHandle&&) noexcept = default;
  ~RunnerHandle();

  // Kills it, or has it killed, in any state.
  void kill();

 private:
  std::optional<Process> process_;
  UniqueFd pidfd_;
  UniqueFd lifeline_;
};

class Jail {
 public:
  // Starts the runner, by firejail where setup.tier is full, and waits until Python is ready for
  // workers. One launch at a time in this process, until the runner speaks: parallel ones race in
  // /run/firejail.
  static Result<Jail> start(const JailOptions& options, const Setup& setup);

  // Asks for workers; a message announces each, or its failure.
  [[nodiscard]] Result<void> spawn(std::uint32_t count) const;
  // Asks for one in the cgroup with the directory descriptor `cgroup`, which stays the caller's.
  [[nodiscard]] Result<void> spawn_into(int cgroup) const;
  // Does not wait for the zygote to exit on its own, which a stopped one cannot.
  void kill() { started_.kill(); }
  // The next message. An empty optional means that the zygote is gone. A worker whose descriptors
  // this process cannot take is a ZygoteFailed. May be called by one thread while others call
  // spawn.
  [[nodiscard]] Result<std::optional<FromJail>> next() const;
  // For poll(2): readable when next() will not block.
  [[nodiscard]] int control() const { return control_.get(); }

  [[nodiscard]] const std::string& python_version() const { return python_version_; }
  // Which host users the runs have.
  [[nodiscard]] const Identity& identity() const { return identity_; }
  // How long its start took: until the runner spoke, waits for other launches included, and from
  // then until Python was ready. Where runs have no ids of their own the runner speaks when all is
  // ready.
  struct StartTimes {
    Clock::duration jail{}, python{};
  };
  [[nodiscard]] const StartTimes& start_times() const { return start_times_; }

 private:
  Jail(Tier tier, Identity identity, RunnerHandle started, UniqueFd control,
       std::string python_version)
      : tier_(tier),
        identity_(std::move(identity)),
        started_(std::move(started)),
        control_(std::move(control)),
        python_version_(std::move(python_version)) {}

  Tier tier_;
  Identity identity_;     // ends last: its ids are free when nothing of the zygote is left
  RunnerHandle started_;  // ends before: the closed control socket has asked the zygote to go
  UniqueFd control_;
  std::string python_version_;
  StartTimes start_times_;
};

}  // namespace executor
