// Kernel namespaces: the zygote's own, and those that each worker starts in.
//
// The zygote makes a user namespace of its own inside firejail's jail, which gives it the right to
// mount and to make network namespaces there and nowhere else. Each worker is cloned into a user
// namespace below that one, so that nothing the zygote prepared can be undone by a worker: its
// inherited mounts are locked (mount_namespaces(7)) and its network belongs to another namespace.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "wire/ids.h"

namespace executor {

// The ids of a process outside of its new user namespace.
struct OuterIds {
  unsigned uid = 0, gid = 0;
};

// Moves the calling, single-threaded process into new user and mount namespaces, with every
// capability inside. Its ids there have no names until they are mapped. `proc` is an O_PATH
// descriptor of /proc.
Result<OuterIds> enter_own_namespaces(int proc);

// Shows the process's user and group as kSandboxId there, unless a process with more rights has
// mapped ids already.
Result<void> map_own_ids(int proc, const OuterIds& outer);

// Maps kSandboxId in a cloned worker's new user namespace. Allocates only on failure.
Result<void> map_worker_ids(int proc);

struct Cloned {
  pid_t pid = -1;  // 0 in the child
  UniqueFd pidfd;  // in the parent
};

// The namespaces that a worker starts in; its network is the one that its zygote is in.
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
  // Moves the calling process back to a namespace that no worker has: a worker that shares its
  // zygote's network has none of its own, and the attestation reports that.
  Result<void> leave();
  // Takes back a namespace whose last process is gone.
  Result<void> give_back(UniqueFd network);
  // Tries what must fail: to give one network to two runs, and a used one to another run.
  Result<void> try_to_share();

 private:
  static Result<void> use();
  Result<UniqueFd> make();
  [[nodiscard]] Result<bool> is_pristine() const;

  int proc_;
  UniqueFd home_;  // made with the first
  std::vector<UniqueFd> unused_;
};

}  // namespace executor
