#include "execution/spares.h"

#include <sys/socket.h>

#include <algorithm>

#include "wire/job.h"
#include "wire/packet.h"

namespace executor {
namespace {

// Looks that a worker may need to become ready, or for its warm-up: far above what either takes.
constexpr int kMostSilentLooks = 10;

}  // namespace

void Spares::hear(Spare& spare, News& news) {
  constexpr std::size_t kMostAnnouncement = 1024;
  auto packet = receive_packet(spare.worker.job.get(), kMostAnnouncement, MSG_DONTWAIT);
  if (!packet) {
    spare.gone = packet.error().error != EAGAIN;
    return;
  }
  spare.silent_looks = 0;
  const auto said = *packet ? decode_announcement((*packet)->bytes) : std::nullopt;
  if (said && said->warm) {
    spare.worker.sealed = news.sealed = true;
    spare.warmth = spare.warmth == Warmth::kWarming ? Warmth::kHot : Warmth::kWarm;
    return;
  }
  spare.gone = true;
  if (said) news.texts.push_back("a worker could not be sealed: " + said->failure);
}

void Spares::drop_gone(News& news) {
  const auto is_unfit = [](const Spare& spare) { return spare.gone && !spare.worker.sealed; };
  news.unfit += static_cast<int>(std::count_if(spares_.begin(), spares_.end(), is_unfit));
  news.fewer |= std::erase_if(spares_, [](const Spare& spare) { return spare.gone; }) > 0;
}

Spares::News Spares::listen() {
  News news;
  for (Spare& spare : spares_) {
    if (spare.owes_answer()) hear(spare, news);
  }
  drop_gone(news);
  return news;
}

Spares::News Spares::look() {
  News news = listen();
  for (Spare& spare : spares_) {
    if (!spare.owes_answer() || ++spare.silent_looks < kMostSilentLooks) continue;
    spare.gone = true;
    kill_worker(spare.worker);
    news.texts.emplace_back(spare.worker.sealed ? "a worker does not come back from its warm-up"
                                                : "a worker does not become ready");
  }
  drop_gone(news);
  return news;
}

bool Spares::awaited() const {
  return std::any_of(spares_.begin(), spares_.end(),
                     [](const Spare& spare) { return spare.owes_answer(); });
}

std::optional<Worker> Spares::take() {
  if (spares_.empty()) return std::nullopt;
  auto best = spares_.begin();
  for (const Warmth warmth : {Warmth::kWarm, Warmth::kHot}) {
    for (auto spare = spares_.begin(); spare != spares_.end(); ++spare) {
      if (spare->warmth == warmth) best = spare;
    }
  }
  Worker worker = std::move(best->worker);
  spares_.erase(best);
  return worker;
}

std::optional<bool> Spares::remove(std::uint64_t id) {
  const auto spare = std::find_if(spares_.begin(), spares_.end(),
                                  [id](const Spare& one) { return one.worker.id == id; });
  if (spare == spares_.end()) return std::nullopt;
  const bool sealed = spare->worker.sealed;
  spares_.erase(spare);
  return sealed;
}

void Spares::warm_up_one() {
  const auto is = [](Warmth warmth) {
    return [warmth](const Spare& spare) { return spare.warmth == warmth; };
  };
  if (std::any_of(spares_.begin(), spares_.end(), is(Warmth::kWarming))) return;
  const auto next = std::find_if(spares_.rbegin(), spares_.rend(), is(Warmth::kWarm));
  if (next == spares_.rend()) return;
  if (send_packet(next->worker.job.get(), encode_warm_up())) next->warmth = Warmth::kWarming;
}

bool Spares::all_hot() const {
  return std::all_of(spares_.begin(), spares_.end(),
                     [](const Spare& spare) { return spare.warmth == Warmth::kHot; });
}

}  // namespace executor
