#include "execution/worker_stock.h"

#include <cerrno>

namespace executor {
namespace {

// What may be over soon, and is often the work of other processes of this user or machine: ENOSPC
// is for namespaces (clone(2)).
bool is_shortage(int error) {
  return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE ||
         error == ENOSPC;
}

}  // namespace

Result<void> WorkerStock::begin(const Jail& jail) {
  jail_ = &jail;
  return pending_.request(jail, 1);
}

void WorkerStock::open() {
  open_ = true;
  replenish();
}

void WorkerStock::close() {
  open_ = false;
  idle_.clear();
}

void WorkerStock::end() {
  close();
  jail_ = nullptr;
  pending_.clear();
  pausing_ = false;
  failures_ = unmade_ = 0;
}

void WorkerStock::replenish() {
  if (jail_ == nullptr || !open_ || pausing_) return;
  const auto have = static_cast<std::uint32_t>(idle_.size()) + pending_.count();
  if (have >= ready_) return;
  const std::uint32_t missing = ready_ - have;
  wake_();
  // A zygote that cannot be asked is gone, which its socket shows. All else that fails here is
  // ours.
  if (auto asked = pending_.request(*jail_, missing); !asked && asked.error().error != EPIPE) {
    pause(asked.error().text());
  }
}

void WorkerStock::demand_answer() {
  if (jail_ == nullptr || !open_ || pending_.count() > 0) return;
  wake_();
  (void)pending_.request(*jail_, 1);  // one that cannot be asked is gone, which its socket shows
}

// When too many descriptors are in flight (ETOOMANYREFS), they belong to other processes of this
// user, which is no fault of the zygote: it is asked again until there is room, and its runs
// continue.
void WorkerStock::count_failure(int error, const std::string& why) {
  if (error != ETOOMANYREFS) ++failures_;
  shortage_ = is_shortage(error);
  pause(why);
}

// The next worker is asked for after a pause. One line of text for several, as it may last.
void WorkerStock::pause(const std::string& why) {
  constexpr int kFailuresPerReport = 10;
  if (unmade_++ % kFailuresPerReport == 0 && !why.empty()) report_(why);
  ++all_failures_;
  pausing_ = true;
  wake_();
}

void WorkerStock::retry() {
  if (std::exchange(pausing_, false)) replenish();
}

void WorkerStock::remove(std::uint64_t id) {
  const auto sealed = idle_.remove(id);
  if (!sealed) return;
  if (!*sealed) count_failure();
  replenish();
}

bool WorkerStock::apply(const IdleWorkers::Changes& changes) {
  if (changes.sealed) failures_ = unmade_ = 0;
  for (int i = 0; i < changes.unusable; ++i) count_failure();
  for (const std::string& text : changes.texts) report_(text);
  if (changes.fewer) replenish();
  return changes.sealed;
}

}  // namespace executor
