#include "runner/uid_confinement.h"

#include <sys/prctl.h>

#include <utility>

#include "runner/confinement_steps.h"
#include "runner/interpreter.h"
#include "runner/named_objects.h"
#include "wire/packet.h"

namespace executor {

Result<SeccompStages> UidConfinement::prepare() {
  auto trusted = check_trusted(setup_, library_, Interpreter::version());
  if (!trusted) return trusted.error();
  // What a run leaves behind must become our child, or it would not be reaped.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return os_failure("become a subreaper");
  auto landlock = prepare_landlock(setup_, library_);
  if (!landlock) return landlock.error();
  landlock_ = std::move(*landlock);
  return compile_stages(landlock_->scopes() ? Sockets::kUnix : Sockets::kUnixPairs);
}

Result<Cloned> UidConfinement::clone(int /*cgroup*/) {
  auto lifeline = packet_socketpair();
  if (!lifeline) return lifeline.error();
  auto slot = reaper_.take();
  if (!slot) return slot.error();
  slot_ = std::move(*slot);
  auto cloned = clone_worker(0);
  if (!cloned) {
    reaper_.give_back(slot_);
    return cloned.error();
  }
  if (cloned->pid != 0) {
    lifeline_ = std::move(lifeline->first);
    watching_ = std::move(lifeline->second);
  }
  return cloned;
}

Result<UniqueFd> UidConfinement::adopt(const Cloned& worker, std::uint64_t id) {
  reaper_.add(worker.pid, id, std::move(slot_), std::move(watching_));
  return std::move(lifeline_);
}

Result<void> UidConfinement::check() {
  reaper_.check();
  return {};
}

Result<std::optional<WorkerExited>> UidConfinement::reaped(pid_t pid, int status,
                                                           const rusage& usage) {
  return reaper_.reaped(pid, status, usage);
}

Result<void> UidConfinement::confine(const Prepared& prepared, WorkerChannels& channels) const {
  return confine_by_id(prepared, slot_, *landlock_, channels);
}

void UidConfinement::set_places(Interpreter& interpreter) const {
  (void)keep_named_objects_in(slot_.tmp().c_str());
  interpreter.move_home(slot_.home(), slot_.tmp(), library_);
}

}  // namespace executor
