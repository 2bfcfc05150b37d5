#include "runner/namespace_confinement.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "runner/confinement_steps.h"
#include "runner/root.h"
#include "runner/scratch.h"
#include "runner/shared_memory.h"
#include "wire/packet.h"

namespace executor {

Result<SeccompStages> NamespaceConfinement::prepare() {
  const auto outer = enter_own_namespaces(proc_);
  if (!outer) return outer.error();
  if (auto asked = setup_.own_ids ? ask_for_ids() : Result<void>(); !asked) return asked.error();
  if (auto done = map_own_ids(proc_, *outer); !done) return done.error();
  if (auto done = networks_.try_to_share(); !done) return done.error();
  if (auto done = enter_sandbox_root(setup_.expose); !done) return done.error();
  return compile_stages();
}

Result<void> NamespaceConfinement::ask_for_ids() {
  const std::array fds = {zygote_};
  if (auto asked = send_packet(control_, encode(FromZygote(NeedsIds())), fds); !asked) return asked;
  auto packet = receive_packet(control_);
  if (!packet) return packet.error();
  const auto message = *packet ? decode_to_zygote((*packet)->bytes) : std::nullopt;
  const auto* given = message ? std::get_if<GivenIds>(&*message) : nullptr;
  if (given == nullptr) return failure("ask for ids: the responder does not answer");
  if (given->count > 0) run_ids_.emplace(given->count);
  return {};
}

Result<void> NamespaceConfinement::begin_imports() {
  return mount_scratch(setup_.limits);
}

Result<void> NamespaceConfinement::end_imports() {
  return unmount_scratch();
}

Result<Cloned> NamespaceConfinement::clone(int cgroup) {
  auto network = networks_.enter();
  if (!network) return network.error();
  auto run_id = take_run_id();
  if (!run_id) return run_id.error();
  auto cloned = clone_worker(kWorkerNamespaces, cgroup);
  if (!cloned) {
    if (*run_id) run_ids_->give_back(**run_id);
    return cloned.error();
  }
  if (cloned->pid != 0) newest_ = {0, std::move(*network), *run_id};
  return cloned;
}

Result<UniqueFd> NamespaceConfinement::adopt(const Cloned& worker, std::uint64_t id) {
  const auto given = give_run_id(worker, newest_.run_id);
  newest_.id = id;
  workers_.emplace(worker.pid, std::exchange(newest_, {}));
  if (auto left = networks_.leave(); !left) sound_ = left;
  if (!given) return given.error();
  return UniqueFd();
}

// Empty where all runs have the same.
Result<std::optional<std::uint32_t>> NamespaceConfinement::take_run_id() {
  if (!run_ids_) return std::optional<std::uint32_t>();
  mapped_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!mapped_) return os_failure("make an event for a worker");
  auto id = run_ids_->take();
  if (!id) return id.error();
  return std::optional(*id);
}

// A worker that does not get what it waits for never continues, and is killed.
Result<void> NamespaceConfinement::give_run_id(const Cloned& worker,
                                               std::optional<std::uint32_t> id) {
  if (!id) return {};
  auto given = map_run_id(proc_, worker.pid, *id, mapped_.get());
  if (!given) (void)::syscall(SYS_pidfd_send_signal, worker.pidfd.get(), SIGKILL, nullptr, 0);
  mapped_.reset();
  return given;
}

Result<void> NamespaceConfinement::check() {
  return sound_;
}

Result<std::optional<WorkerExited>> NamespaceConfinement::reaped(pid_t pid, int status,
                                                                 const rusage& usage) {
  auto living = workers_.extract(pid);
  if (living.empty()) return std::optional<WorkerExited>();
  LivingWorker& worker = living.mapped();
  if (worker.run_id) run_ids_->give_back(*worker.run_id);
  if (auto given = networks_.give_back(std::move(worker.network)); !given) sound_ = given;
  return std::optional(exited_worker(worker.id, status, usage));
}

Result<void> NamespaceConfinement::confine(const Prepared& prepared,
                                           WorkerChannels& channels) const {
  return confine_in_namespaces(prepared, mapped_.get(), channels);
}

void NamespaceConfinement::set_places(Interpreter& /*interpreter*/) const {
  keep_shared_memory_in("/dev/shm");  // the rest is as the zygote has set it
}

Result<void> NamespaceConfinement::lower_scratch(const SandboxLimits& configured,
                                                 const SandboxLimits& wanted) const {
  return fill_scratch(configured, wanted);
}

}  // namespace executor
