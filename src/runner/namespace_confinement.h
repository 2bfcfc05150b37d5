// The confinement of the tiers with namespaces: each worker is cloned into namespaces of its own,
// with a network namespace that no other worker is in and, where the service's user has subordinate
// ids, a host user id that no other worker has (runner/run_ids.h). The root is built once, in the
// zygote.
#pragma once

#include <map>
#include <optional>

#include "runner/confinement.h"
#include "runner/run_ids.h"

namespace executor {

class NamespaceConfinement final : public Confinement {
 public:
  // What outlives the object: the setup, the control socket, on which it asks for ids, an O_PATH
  // descriptor of /proc, and a pidfd of the zygote.
  NamespaceConfinement(const Setup& setup, int control, int proc, int zygote)
      : setup_(setup), control_(control), proc_(proc), zygote_(zygote), networks_(proc) {}

  Result<SeccompStages> prepare() override;
  Result<void> begin_imports() override;
  Result<void> end_imports() override;

  Result<Cloned> clone(int cgroup) override;
  Result<UniqueFd> adopt(const Cloned& worker, std::uint64_t id) override;

  Result<void> check() override;
  Result<std::optional<WorkerExited>> reaped(pid_t pid, int status, const rusage& usage) override;

  Result<void> confine(const Prepared& prepared, WorkerChannels& channels) const override;
  void set_places(Interpreter& interpreter) const override;
  [[nodiscard]] Result<void> lower_scratch(const SandboxLimits& configured,
                                           const SandboxLimits& wanted) const override;

 private:
  // A worker that has not been reaped, with what is its own until then.
  struct LivingWorker {
    std::uint64_t id = 0;
    UniqueFd network;                     // namespace
    std::optional<std::uint32_t> run_id;  // where each run has one
  };

  Result<void> ask_for_ids();
  Result<std::optional<std::uint32_t>> take_run_id();
  Result<void> give_run_id(const Cloned& worker, std::optional<std::uint32_t> id);

  const Setup& setup_;
  const int control_, proc_, zygote_;
  NetworkPool networks_;
  std::optional<RunIds> run_ids_;  // where each run has a user id of its own
  std::map<pid_t, LivingWorker> workers_;
  LivingWorker newest_;  // from clone() until adopt()
  UniqueFd mapped_;      // the newest worker waits on this eventfd(2) for its ids; in it, its own
  Result<void> sound_;   // or why the zygote must end
};

}  // namespace executor
