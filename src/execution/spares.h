// The workers of a pool that wait for a job, from the zygote's announcement until they are lent.
// Not thread-safe: the pool's mutex guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "execution/worker.h"

namespace executor {

class Spares {
 public:
  // What came out of listening to them.
  struct News {
    bool sealed = false;             // one has announced itself
    bool fewer = false;              // some are not there any more
    int unfit = 0;                   // so many of those had never been sealed
    std::vector<std::string> texts;  // what there is to say about them
  };

  void add(Worker worker) { spares_.push_back(Spare{std::move(worker)}); }

  // Reads what they have said since. Those that cannot be used are dropped.
  News listen();
  // The same, and drops those that have owed an answer for too many of these calls in a row. It
  // counts looks, not time: a machine that stood still has not made anybody mute.
  News look();
  // Whether one owes an answer: it is being made ready, or warms up.
  [[nodiscard]] bool awaited() const;

  // The newest of the warmest, because its pages are in the caches; failing that the oldest,
  // because it will be ready first. Listen before.
  std::optional<Worker> take();
  // Its process has ended. Listen before: it may have said why. Empty when it is not here, else
  // whether it was sealed.
  std::optional<bool> remove(std::uint64_t id);

  // Lets one that is ready run the set's own warm-up script, if none is at it.
  void warm_up_one();
  // Whether there is none that warm_up_one() would help.
  [[nodiscard]] bool all_hot() const;

  [[nodiscard]] std::size_t size() const { return spares_.size(); }
  void clear() { spares_.clear(); }  // closed job sockets end what may still wait on them

 private:
  enum class Warmth : std::uint8_t { kCold, kWarm, kWarming, kHot };
  struct Spare {
    Worker worker;
    Warmth warmth = Warmth::kCold;
    bool gone = false;
    int silent_looks = 0;

    [[nodiscard]] bool owes_answer() const {
      return warmth == Warmth::kCold || warmth == Warmth::kWarming;
    }
  };

  static void hear(Spare& spare, News& news);
  void drop_gone(News& news);

  std::deque<Spare> spares_;  // oldest first
};

}  // namespace executor
