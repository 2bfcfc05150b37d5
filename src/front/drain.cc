#include "front/drain.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>
#include <utility>

#include "base/signals.h"

namespace executor {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);
constexpr auto kLongest = std::chrono::seconds(60);
constexpr auto kLastMoment = std::chrono::seconds(1);
constexpr int kInterval = 200;  // milliseconds: how late a deadline may be noticed

}  // namespace

Drain::Drain(std::size_t max_waiting)
    : max_waiting_(max_waiting),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_(&Drain::run, this) {}

bool Drain::has_room(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  return waiting_ + bytes <= max_waiting_;
}

Drain::~Drain() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void Drain::take(UniqueFd socket, std::string bytes, Close close) {
  {
    const std::lock_guard lock(mutex_);
    if (!socket || waiting_ + bytes.size() > max_waiting_) return;
    waiting_ += bytes.size();
    taken_.push_back({std::move(socket), std::move(bytes), close, Deadline::after(kPatience),
                      Deadline::after(kLongest)});
  }
  ::eventfd_write(wake_.get(), 1);
}

// True when the object is being destroyed.
bool Drain::collect() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  const std::lock_guard lock(mutex_);
  std::move(taken_.begin(), taken_.end(), std::back_inserter(rests_));
  taken_.clear();
  return ending_;
}

bool Drain::is_done(Rest& rest, short events) {
  if (rest.is_sent()) return events != 0 || rest.progress_by.passed();  // the peer has closed
  if (events != 0) {
    const ssize_t size = ::send(rest.socket.get(), rest.bytes.data() + rest.sent,
                                rest.bytes.size() - rest.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN && errno != EINTR) return true;
    if (size > 0) rest.progress_by = Deadline::after(kPatience);
    rest.sent += static_cast<std::size_t>(std::max<ssize_t>(size, 0));
  }
  if (rest.is_sent() && rest.close == Close::kWhenSent) return true;
  return rest.progress_by.passed() || rest.finish_by.passed();
}

void Drain::run() {
  block_all_signals();
  std::optional<Deadline> end;
  std::vector<pollfd> events;
  while (!end || (!rests_.empty() && !end->passed())) {
    events = {pollfd{wake_.get(), POLLIN, 0}};
    for (const Rest& rest : rests_) {
      const short wanted = rest.is_sent() ? POLLRDHUP : POLLOUT;
      events.push_back({rest.socket.get(), wanted, 0});
    }
    if (::poll(events.data(), events.size(), rests_.empty() ? -1 : kInterval) < 0) continue;
    std::size_t freed = 0;
    std::size_t i = 0;
    std::erase_if(rests_, [&](Rest& rest) {
      const bool done = is_done(rest, events[++i].revents);
      if (done) freed += rest.bytes.size();
      return done;
    });
    const bool ending = collect();
    if (ending && !end) end = Deadline::after(kLastMoment);
    const std::lock_guard lock(mutex_);
    waiting_ -= freed;
  }
}

}  // namespace executor
