// Kernel namespaces: the zygote's own, and those that each worker is born into.
//
// The zygote makes a user namespace of its own inside firejail's jail, which gives it the right to
// mount and to make network namespaces there and nowhere else. Each worker is cloned into a user
// namespace below that one, so that nothing the zygote prepared can be undone by a worker: its
// inherited mounts are locked (mount_namespaces(7)) and its network is owned by somebody else.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace executor {

// The user and group id that scripts see themselves as.
inline constexpr unsigned kSandboxId = 1000;

// Moves the calling, single-threaded process into new user and mount namespaces, with its user and
// group shown as kSandboxId and every capability inside. `proc` is an O_PATH descriptor of /proc.
Result<void> enter_own_namespaces(int proc);

// Maps kSandboxId in a cloned worker's new user namespace. Allocates only on failure.
Result<void> map_worker_ids(int proc);

struct Cloned {
  pid_t pid = -1;  // 0 in the child
  UniqueFd pidfd;  // in the parent
};

// The namespaces that a worker is born into; its network is the one that its zygote is in.
inline constexpr unsigned long kWorkerNamespaces =
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

// clone(2) into new namespaces (CLONE_NEW*), with a pidfd, and into the cgroup whose directory
// `cgroup` is (-1: the caller's). Runs no atfork handlers, so the caller must be single-threaded.
// glibc's idea of the thread id is kept right.
Result<Cloned> clone_worker(unsigned long namespaces, int cgroup = -1);

// Network namespaces, each with nothing but a loopback interface. Making one costs half a
// millisecond, so one that no packet has passed through is used again after its worker is gone:
// one at a time belongs to one worker, and what a run could have left in it would show in its
// counters.
class NetworkPool {
 public:
  // `proc` is an O_PATH descriptor of /proc and stays the caller's.
  explicit NetworkPool(int proc) : proc_(proc) {}

  // Moves the calling process into an unused namespace and returns the descriptor that keeps it.
  Result<UniqueFd> enter();
  // Moves the calling process back to a namespace that is no worker's: a worker whose network is
  // its zygote's as well has none of its own, and the proof says so.
  Result<void> leave();
  // Takes back a namespace whose last process is gone.
  Result<void> give_back(UniqueFd network);

 private:
  Result<UniqueFd> make();
  [[nodiscard]] Result<bool> is_pristine() const;

  int proc_;
  UniqueFd home_;  // made with the first
  std::vector<UniqueFd> unused_;
};

}  // namespace executor
