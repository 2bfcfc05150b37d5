#include "front/accept_gate.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <utility>

#include "base/peer.h"

namespace executor {
namespace {

// Numbers in the set of events. Idle connections have larger ones.
constexpr std::uint64_t kListener = 0;
constexpr std::uint64_t kWake = 1;
// More than an nginx keeps (nginx/python-executor.conf.in), a bound for others.
constexpr std::size_t kMaxIdle = 256;

bool add(const UniqueFd& events, const UniqueFd& fd, std::uint64_t number) {
  epoll_event event{EPOLLIN, {.u64 = number}};
  return ::epoll_ctl(events.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0;
}

}  // namespace

AcceptGate::AcceptGate(UniqueFd listener, bool inherited, std::size_t max_undelivered)
    : listener_(std::move(listener)),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      events_(::epoll_create1(EPOLL_CLOEXEC)),
      reserve_(::eventfd(0, EFD_CLOEXEC)),
      inherited_(inherited),
      last_number_(kWake),
      drain_(max_undelivered) {
  if (!add(events_, listener_, kListener) || !add(events_, wake_, kWake)) reserve_.reset();
}

bool AcceptGate::usable() const {
  return wake_ && events_ && reserve_;
}

std::optional<std::uint64_t> AcceptGate::await_event(int milliseconds) const {
  epoll_event event{};
  int count = 0;
  while ((count = ::epoll_wait(events_.get(), &event, 1, milliseconds)) < 0) {
  }
  if (count == 0 || closed_) return std::nullopt;
  return std::uint64_t{event.data.u64};
}

std::optional<UniqueFd> AcceptGate::acquire() {
  const std::lock_guard turn(turn_);
  while (const auto number = await_event(-1)) {
    const std::lock_guard lock(mutex_);
    UniqueFd connection = *number == kListener ? UniqueFd() : take_idle(*number);
    if (*number != kListener && !connection) continue;
    ++inside_;
    return connection;
  }
  return std::nullopt;
}

// With the mutex held. Empty when it has been closed by now, by either side.
UniqueFd AcceptGate::take_idle(std::uint64_t number) {
  auto node = idle_.extract(number);
  if (!node) return {};
  UniqueFd connection = std::move(node.mapped());
  ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, connection.get(), nullptr);
  return peer_is_gone(connection.get()) ? UniqueFd() : std::move(connection);
}

void AcceptGate::release(bool served) {
  const std::lock_guard lock(mutex_);
  if (served) ++served_;
  if (!reserve_) reserve_.reset(::eventfd(0, EFD_CLOEXEC));
  if (--inside_ == 0) empty_.notify_all();
}

void AcceptGate::keep(UniqueFd connection) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (idle_.size() >= kMaxIdle) idle_.erase(idle_.begin());
  if (add(events_, connection, ++last_number_)) idle_.emplace(last_number_, std::move(connection));
}

bool AcceptGate::close_idle() {
  const std::lock_guard lock(mutex_);
  const bool any = !idle_.empty();
  idle_.clear();
  return any;
}

bool AcceptGate::release_reserve_fd() {
  const std::lock_guard lock(mutex_);
  const bool had = static_cast<bool>(reserve_);
  reserve_.reset();
  return had;
}

Progress AcceptGate::progress() {
  const bool pending = await_event(0).has_value();
  const std::lock_guard lock(mutex_);
  return {pending, served_};
}

void AcceptGate::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  idle_.clear();
  (void)::eventfd_write(wake_.get(), 1);
}

void AcceptGate::await_empty(Deadline deadline) {
  { const std::lock_guard turn(turn_); }  // a thread that was entering has entered
  std::unique_lock lock(mutex_);
  empty_.wait_until(lock, deadline.moment(), [this] { return inside_ == 0; });
}

}  // namespace executor
