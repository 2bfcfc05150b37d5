// The workers of a pool that wait for a job, from the zygote's announcement until they are lent.
// Not thread-safe: the mutex of Lending guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "execution/worker_handle.h"

namespace executor {

class IdleWorkers {
 public:
  // What listening to them has brought.
  struct Changes {
    bool sealed = false;             // one has announced itself
    bool fewer = false;              // some are gone
    int unusable = 0;                // the number of those that had never been sealed
    std::vector<std::string> texts;  // reports about them
  };

  void add(Worker worker) { idle_.push_back(IdleWorker{std::move(worker)}); }

  // Reads what they have sent since the last call. Drops those that cannot be used.
  Changes poll_announcements();
  // The same, and drops those that have owed an answer for too many of these calls in a row.
  // Counts calls, not time, so that a suspended machine is not mistaken for hung workers.
  Changes expire_silent();
  // Whether a worker owes an answer: it is being made ready, or warms up.
  [[nodiscard]] bool any_pending() const;

  // The newest of the warmest, because its pages are in the caches; failing that the oldest,
  // because it will be ready first. Call poll_announcements() before.
  std::optional<Worker> take();
  // Removes a worker whose process has ended. Call poll_announcements() before: it may have said
  // why. Empty when it is not here, else whether it was sealed.
  std::optional<bool> remove(std::uint64_t id);

  // Lets one that is ready run the set's own warm-up script, if no other runs it.
  void warm_up_one();
  // Whether warm_up_one() has nothing left to do.
  [[nodiscard]] bool all_hot() const;

  [[nodiscard]] std::size_t size() const { return idle_.size(); }
  void clear() { idle_.clear(); }  // closed job sockets end what may still wait on them

 private:
  enum class Warmth : std::uint8_t { kCold, kWarm, kWarming, kHot };
  struct IdleWorker {
    Worker worker;
    Warmth warmth = Warmth::kCold;
    bool gone = false;
    int silent_polls = 0;

    [[nodiscard]] bool is_pending() const {
      return warmth == Warmth::kCold || warmth == Warmth::kWarming;
    }
  };

  static void read_announcements(IdleWorker& spare, Changes& changes);
  void drop_gone(Changes& changes);

  std::deque<IdleWorker> idle_;  // oldest first
};

}  // namespace executor
