// What confines the workers of one zygote. There are two implementations: each worker has
// namespaces and a root of its own (runner/namespace_confinement.h), or a user id and a directory
// of its own (runner/uid_confinement.h). The steps that a worker takes itself, in their order, are
// in runner/confinement_steps.cc.
//
// A worker is a clone of the zygote, and so has a copy of this object, in which clone() has left
// what belongs to that worker.
#pragma once

#include <poll.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "runner/channels.h"
#include "runner/namespaces.h"
#include "runner/rlimits.h"
#include "runner/seccomp_stages.h"
#include "wire/control.h"

namespace executor {

class Interpreter;

// What the zygote has prepared for all of its workers. References outlive the worker.
struct Prepared {
  const Setup& setup;
  const SeccompProgram& seccomp;
  MemoryBaseline baseline;
  int proc = -1;    // O_PATH descriptor of /proc; closed in the worker before it is sealed
  int zygote = -1;  // pidfd of the zygote; closed then, too
};

class Confinement {
 public:
  Confinement() = default;
  virtual ~Confinement() = default;
  Confinement(const Confinement&) = delete;
  Confinement& operator=(const Confinement&) = delete;

  // In the zygote, once, in this order: prepares what all workers have in common, compiles their
  // filters, and gives modules, some of which write files on import, a place to do so; then takes
  // it away, so that no worker sees it.
  virtual Result<SeccompStages> prepare() = 0;
  virtual Result<void> begin_imports() = 0;
  virtual Result<void> end_imports() = 0;

  // In the zygote: clones a worker; the process id is 0 in the clone, which calls confine().
  // `cgroup` is the descriptor of its cgroup's directory, or -1: the zygote's. The zygote then
  // calls adopt(), which gives the worker what only the zygote can. Returns the responder's end of
  // its lifeline (wire/lifeline.h) where it has one. After a failure the worker is killed.
  virtual Result<Cloned> clone(int cgroup) = 0;
  virtual Result<UniqueFd> adopt(const Cloned& worker, std::uint64_t id) = 0;

  // In the zygote: what to wait for besides its own descriptors, and how long at most (-1: without
  // end). check() comes after each wait. Its failure, and that of reaped(), means that the zygote
  // cannot keep what it promised to its workers, and must end.
  virtual void watch(std::vector<pollfd>& /*events*/) const {}
  [[nodiscard]] virtual int wait_milliseconds() const { return -1; }
  virtual Result<void> check() = 0;
  // For a child that wait4(2) has returned: the report to send, if nothing of a worker is left.
  virtual Result<std::optional<WorkerExited>> reaped(pid_t pid, int status,
                                                     const rusage& usage) = 0;

  // In the worker: every step up to the seal, and a check that it holds. Moves the channels to
  // their numbers. Allocates only on failure.
  virtual Result<void> confine(const Prepared& prepared, WorkerChannels& channels) const = 0;
  // In the sealed worker: where scripts have their files and named objects.
  virtual void set_places(Interpreter& interpreter) const = 0;
  // In the sealed worker: less scratch space for one run, where the worker has its own.
  [[nodiscard]] virtual Result<void> lower_scratch(const SandboxLimits& configured,
                                                   const SandboxLimits& wanted) const = 0;
};

// A worker's end as wait4(2) reports it.
WorkerExited exited_worker(std::uint64_t id, int status, const rusage& usage);

}  // namespace executor
