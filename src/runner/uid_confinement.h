// The confinement of the tier uid: the zygote is root, with no more rights than it takes to give
// each worker a user id and a directory of its own (runner/uid_slots.h), to watch what its run
// holds, and to kill what it leaves behind (runner/uid_reaper.h).
#pragma once

#include <optional>
#include <string>

#include "runner/confinement.h"
#include "runner/landlock.h"
#include "runner/uid_reaper.h"
#include "runner/uid_slots.h"

namespace executor {

class UidConfinement final : public Confinement {
 public:
  // The setup outlives the object.
  UidConfinement(const Setup& setup, const UidSlice& slice)
      : setup_(setup), library_(slice.library), reaper_(slice, setup.limits) {}

  Result<SeccompStages> prepare() override;
  // Modules have the places that everyone may write.
  Result<void> begin_imports() override { return {}; }
  Result<void> end_imports() override { return {}; }

  // A worker is in the zygote's cgroup.
  Result<Cloned> clone(int cgroup) override;
  Result<UniqueFd> adopt(const Cloned& worker, std::uint64_t id) override;

  void watch(std::vector<pollfd>& events) const override { reaper_.watch(events); }
  [[nodiscard]] int wait_milliseconds() const override { return reaper_.wait_milliseconds(); }
  Result<void> check() override;
  Result<std::optional<WorkerExited>> reaped(pid_t pid, int status, const rusage& usage) override;

  Result<void> confine(const Prepared& prepared, WorkerChannels& channels) const override;
  void set_places(Interpreter& interpreter) const override;
  // The zygote watches what the run's files take.
  [[nodiscard]] Result<void> lower_scratch(const SandboxLimits& /*configured*/,
                                           const SandboxLimits& /*wanted*/) const override {
    return {};
  }

 private:
  const Setup& setup_;
  const std::string library_;  // what the runs' programs load (runner/preloaded.cc)
  std::optional<Landlock> landlock_;
  UidReaper reaper_;
  UidSlot slot_;                  // the newest worker's; in a worker, its own
  UniqueFd lifeline_, watching_;  // the newest worker's: the responder's end, and ours
};

}  // namespace executor
