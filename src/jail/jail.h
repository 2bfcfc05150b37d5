// One zygote inside its jail, whatever the tier makes of that: started, told its setup, and spoken
// to on its control socket.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "jail/firejail.h"
#include "jail/process.h"
#include "wire/control.h"

namespace executor {

struct JailOptions {
  FirejailOptions firejail;
  std::string runner;    // path of python-executor-runner
  int launcher_fd = -1;  // socket to the launcher (wire/launch.h); -1: there is none
  std::chrono::seconds start_timeout{60};
};

// A new worker and our ends of its channels, or any other message.
struct FromJail {
  FromZygote message;
  std::vector<UniqueFd> fds;  // worker_fds() of them with WorkerStarted, else none
};

// Whether what `tier` needs is there at all. Proves nothing: that is attestation's work.
Result<void> check_tier(Tier tier, const JailOptions& options);

// What was started: firejail, the runner itself, or by the launcher, which reaps it, a runner whose
// end is waited for, and whose lifeline (wire/launch.h) we hold.
class Started {
 public:
  explicit Started(Process process) : process_(std::move(process)) {}
  Started(UniqueFd pidfd, UniqueFd lifeline)
      : pidfd_(std::move(pidfd)), lifeline_(std::move(lifeline)) {}
  Started(Started&&) noexcept = default;
  Started& operator=(Started&&) noexcept = default;
  ~Started();

  // Kills it, or has it killed, in whatever state it is.
  void kill();

 private:
  std::optional<Process> process_;
  UniqueFd pidfd_;
  UniqueFd lifeline_;
};

class Jail {
 public:
  // Starts the runner, by firejail where setup.tier is full, and waits until Python is ready for
  // workers. One launch at a time in this process: parallel ones race in /run/firejail.
  static Result<Jail> start(const JailOptions& options, const Setup& setup);

  // Asks for workers; each is announced by a message, or its failure is.
  [[nodiscard]] Result<void> spawn(std::uint32_t count) const;
  // Asks for one in the cgroup whose directory `cgroup` is, which stays the caller's.
  [[nodiscard]] Result<void> spawn_into(int cgroup) const;
  // Does not wait for the zygote to end by itself, which it cannot when it is stopped.
  void kill() { started_.kill(); }
  // The next message. An empty optional means that the zygote is gone. May be called by one thread
  // while others call spawn.
  [[nodiscard]] Result<std::optional<FromJail>> next() const;
  // For poll(2): readable when next() will not block.
  [[nodiscard]] int control() const { return control_.get(); }

  [[nodiscard]] const std::string& python_version() const { return python_version_; }

 private:
  Jail(Tier tier, Started started, UniqueFd control, std::string python_version)
      : tier_(tier),
        started_(std::move(started)),
        control_(std::move(control)),
        python_version_(std::move(python_version)) {}

  Tier tier_;
  Started started_;  // ends last: the closed control socket has asked the zygote to go
  UniqueFd control_;
  std::string python_version_;
};

}  // namespace executor
