// The right to use one worker for one job.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "base/deadline.h"
#include "execution/verdict.h"
#include "execution/worker_handle.h"

namespace executor {

class Lending;

// A worker on loan for one job. Its destructor kills the worker; the pool then replaces it.
class Lease {
 public:
  Lease() = default;
  Lease(Lending* lending, Worker worker) : lending_(lending), worker_(std::move(worker)) {}
  Lease(Lease&& other) noexcept
      : lending_(std::exchange(other.lending_, nullptr)),
        worker_(std::move(other.worker_)),
        await_end_(other.await_end_),
        on_exit_(std::exchange(other.on_exit_, nullptr)) {}
  Lease& operator=(Lease&& other) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { finish(); }

  explicit operator bool() const { return lending_ != nullptr; }
  [[nodiscard]] const Worker& worker() const { return worker_; }
  // How the worker's process ended; empty when that is not known by the deadline.
  [[nodiscard]] std::optional<Exit> await_exit(Deadline deadline) const;
  // Makes the destructor wait until the worker's last process is gone.
  void await_end() { await_end_ = true; }
  // Called once after the end of the loan, by the thread that learns how the worker's process
  // ended; with an empty optional when that can no longer be known. Must not block.
  using OnExit = std::function<void(const std::optional<Exit>&)>;
  void on_exit(OnExit call) { on_exit_ = std::move(call); }

 private:
  void finish();

  Lending* lending_ = nullptr;
  Worker worker_;
  bool await_end_ = false;
  OnExit on_exit_;  // may be empty
};

}  // namespace executor
