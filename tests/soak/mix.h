// All kinds of requests in a random order that follows from their numbers, and what came of each
// kind.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "soak/kind.h"
#include "support/load.h"

namespace executor::test {

class Mix {
 public:
  struct Count {
    std::string_view kind;
    std::uint64_t right = 0;
    std::uint64_t wrong = 0;
  };

  Mix(std::uint16_t port, int clients);

  // One request, of a kind that its token decides: first of each kind one, then as their weights
  // say. Any error is `kWrong`.
  Judged visit(int client);

  // Of every kind so far, in the order of their definition.
  [[nodiscard]] std::vector<Count> counts() const;

 private:
  static constexpr std::uint64_t kFirstToken = 1'000'000;

  struct Counter {
    std::atomic<std::uint64_t> right{0};
    std::atomic<std::uint64_t> wrong{0};
  };

  [[nodiscard]] std::size_t choose(std::uint64_t token) const;

  std::vector<Kind> kinds_;
  std::deque<Counter> counters_;  // one for each kind; a deque, because they cannot be moved
  std::vector<Caller> callers_;   // one for each client
  std::uint64_t weights_ = 0;
  std::atomic<std::uint64_t> tokens_{kFirstToken};
};

}  // namespace executor::test
