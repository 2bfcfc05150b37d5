// Which waiter is next: keys take turns, and within a key the order is that of arrival. With one
// key this is a queue. Knows nothing of what they wait for. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <list>
#include <string>

namespace executor {

template <typename T>
class Turns {
 public:
  void add(const std::string& key, T* one) {
    auto turn = find(key);
    if (turn == turns_.end()) turn = turns_.insert(turn, {key, {}});
    turn->waiting.push_back(one);
    ++size_;
  }
  // Removes the next one for which `may` is true; null when there is none. Its key's next turn
  // comes after those of all others, and those that are passed over keep their place.
  template <typename May>
  T* next(May may) {
    for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
      const auto found = std::find_if(turn->waiting.begin(), turn->waiting.end(), may);
      if (found == turn->waiting.end()) continue;
      T* const one = *found;
      turn->waiting.erase(found);
      --size_;
      if (turn->waiting.empty()) {
        turns_.erase(turn);
      } else {
        turns_.splice(turns_.end(), turns_, turn);
      }
      return one;
    }
    return nullptr;
  }
  T* next() {
    return next([](const T*) { return true; });
  }
  // Removes this one, if it is there.
  void remove(T* one) {
    for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
      const auto found = std::find(turn->waiting.begin(), turn->waiting.end(), one);
      if (found == turn->waiting.end()) continue;
      turn->waiting.erase(found);
      --size_;
      if (turn->waiting.empty()) turns_.erase(turn);
      return;
    }
  }
  // The latest waiter of the key with the most, if the newcomer's key has fewer even with the
  // newcomer, among those for which `may` is true; null when there is none.
  template <typename May>
  T* displaced_by(const std::string& key, May may) const {
    const auto most = std::max_element(
        turns_.begin(), turns_.end(),
        [](const Turn& a, const Turn& b) { return a.waiting.size() < b.waiting.size(); });
    const auto own = find(key);
    const std::size_t mine = own == turns_.end() ? 0 : own->waiting.size();
    if (most == turns_.end() || most->waiting.size() <= mine + 1) return nullptr;
    const auto latest = std::find_if(most->waiting.rbegin(), most->waiting.rend(), may);
    return latest == most->waiting.rend() ? nullptr : *latest;
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Turn {
    std::string key;
    std::list<T*> waiting;
  };
  auto find(const std::string& key) {
    return std::find_if(turns_.begin(), turns_.end(),
                        [&key](const Turn& turn) { return turn.key == key; });
  }
  auto find(const std::string& key) const {
    return std::find_if(turns_.begin(), turns_.end(),
                        [&key](const Turn& turn) { return turn.key == key; });
  }

  std::list<Turn> turns_;  // in the order of their turns; none is empty
  std::size_t size_ = 0;
};

}  // namespace executor
