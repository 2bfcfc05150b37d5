// The workers that are lent out, and what is still to be learnt of those that were. Not
// thread-safe: the mutex of Lending guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "execution/lease.h"
#include "execution/verdict.h"

namespace executor {

class Loans {
 public:
  void begin(std::uint64_t id) { running_.emplace(id, std::nullopt); }
  // The worker of a loan that is under way or over has ended. Returns what is then to be called
  // with it, once the mutex is free; may be empty.
  Lease::OnExit worker_ended(std::uint64_t id, const Exit& exit) {
    Lease::OnExit on_exit;
    if (auto over = over_.extract(id)) on_exit = std::move(over.mapped());
    if (const auto loan = running_.find(id); loan != running_.end()) loan->second = exit;
    return on_exit;
  }
  // How the worker of a loan that is under way has ended, once that is known.
  [[nodiscard]] std::optional<Exit> exit_of(std::uint64_t id) const {
    const auto loan = running_.find(id);
    return loan == running_.end() ? std::nullopt : loan->second;
  }
  // The loan is over. How its worker has ended, if that is known.
  std::optional<Exit> end(std::uint64_t id) {
    const auto loan = running_.extract(id);
    return loan ? loan.mapped() : std::nullopt;
  }
  // What is to be called when the worker of a loan that is over has ended.
  void await_end(std::uint64_t id, Lease::OnExit on_exit) { over_.emplace(id, std::move(on_exit)); }
  // Those that wait for such an end.
  std::map<std::uint64_t, Lease::OnExit> take_waiting() { return std::exchange(over_, {}); }

  [[nodiscard]] std::size_t size() const { return running_.size(); }
  [[nodiscard]] bool empty() const { return running_.empty(); }

 private:
  std::map<std::uint64_t, std::optional<Exit>> running_;  // and their workers' ends once known
  std::map<std::uint64_t, Lease::OnExit> over_;           // whose workers' ends are not known yet
};

}  // namespace executor
