#include "execution/idle_workers.h"

#include <sys/socket.h>

#include <algorithm>

#include "wire/job.h"
#include "wire/packet.h"

namespace executor {
namespace {

// Looks that a worker may need to become ready, or for its warm-up: far above what either takes,
// also in an emulated machine. One that warms up can be lent all the while.
constexpr int kMaxSilentLooks = 10;
constexpr int kMaxWarmUpLooks = 60;

}  // namespace

void IdleWorkers::read_announcements(IdleWorker& spare, Changes& changes) {
  constexpr std::size_t kMaxAnnouncement = 1024;
  auto packet = receive_packet(spare.worker.job.get(), kMaxAnnouncement, MSG_DONTWAIT);
  if (!packet) {
    spare.gone = packet.error().error != EAGAIN;
    return;
  }
  spare.silent_polls = 0;
  const auto said = *packet ? decode_announcement((*packet)->bytes) : std::nullopt;
  if (said && said->warm) {
    spare.worker.sealed = changes.sealed = true;
    spare.worker.warm_cpu = std::chrono::microseconds(said->cpu_microseconds);
    spare.warmth = spare.warmth == Warmth::kWarming ? Warmth::kHot : Warmth::kWarm;
    return;
  }
  spare.gone = true;
  if (said) changes.texts.push_back("a worker could not be sealed: " + said->failure);
}

void IdleWorkers::drop_gone(Changes& changes) {
  const auto is_unusable = [](const IdleWorker& spare) {
    return spare.gone && !spare.worker.sealed;
  };
  changes.unusable += static_cast<int>(std::count_if(idle_.begin(), idle_.end(), is_unusable));
  changes.fewer |= std::erase_if(idle_, [](const IdleWorker& spare) { return spare.gone; }) > 0;
}

IdleWorkers::Changes IdleWorkers::poll_announcements() {
  Changes changes;
  for (IdleWorker& spare : idle_) {
    if (spare.is_pending()) read_announcements(spare, changes);
  }
  drop_gone(changes);
  return changes;
}

IdleWorkers::Changes IdleWorkers::expire_silent() {
  Changes changes = poll_announcements();
  for (IdleWorker& spare : idle_) {
    const int most = spare.warmth == Warmth::kWarming ? kMaxWarmUpLooks : kMaxSilentLooks;
    if (!spare.is_pending() || ++spare.silent_polls < most) continue;
    spare.gone = true;
    kill_worker(spare.worker);
    changes.texts.emplace_back(spare.worker.sealed ? "a worker did not finish its warm-up in time"
                                                   : "a worker did not become ready in time");
  }
  drop_gone(changes);
  return changes;
}

bool IdleWorkers::any_pending() const {
  return std::any_of(idle_.begin(), idle_.end(),
                     [](const IdleWorker& spare) { return spare.is_pending(); });
}

std::optional<Worker> IdleWorkers::take() {
  if (idle_.empty()) return std::nullopt;
  auto best = idle_.begin();
  for (const Warmth warmth : {Warmth::kWarm, Warmth::kHot}) {
    for (auto spare = idle_.begin(); spare != idle_.end(); ++spare) {
      if (spare->warmth == warmth) best = spare;
    }
  }
  Worker worker = std::move(best->worker);
  idle_.erase(best);
  return worker;
}

std::optional<bool> IdleWorkers::remove(std::uint64_t id) {
  const auto spare = std::find_if(idle_.begin(), idle_.end(),
                                  [id](const IdleWorker& one) { return one.worker.id == id; });
  if (spare == idle_.end()) return std::nullopt;
  const bool sealed = spare->worker.sealed;
  idle_.erase(spare);
  return sealed;
}

void IdleWorkers::warm_up_one() {
  const auto is = [](Warmth warmth) {
    return [warmth](const IdleWorker& spare) { return spare.warmth == warmth; };
  };
  if (std::any_of(idle_.begin(), idle_.end(), is(Warmth::kWarming))) return;
  const auto next = std::find_if(idle_.rbegin(), idle_.rend(), is(Warmth::kWarm));
  if (next == idle_.rend()) return;
  if (send_packet(next->worker.job.get(), encode_warm_up())) next->warmth = Warmth::kWarming;
}

bool IdleWorkers::all_hot() const {
  return std::all_of(idle_.begin(), idle_.end(),
                     [](const IdleWorker& spare) { return spare.warmth == Warmth::kHot; });
}

}  // namespace executor
