#include "telemetry/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "base/signals.h"

namespace executor {
namespace {

constexpr auto kPatienceAtTheEnd = std::chrono::seconds(1);

// Whether all of it was written; waits for as long as that takes.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // others that have the description made it so
      pollfd event{fd, POLLOUT, 0};
      (void)::poll(&event, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct LineWriter::State {
  State(int descriptor, std::size_t most) : fd(descriptor), capacity(most) {}

  void run() {
    block_all_signals();  // SIGPIPE among them: that the reader has gone is no reason to end
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return stopping || !lines.empty(); });
      if (lines.empty()) break;
      const std::string line = std::move(lines.front());
      lines.pop_front();
      lock.unlock();
      const bool written = write_all(fd, line);
      lock.lock();
      waiting -= line.size();
      if (!written) ++lost;
    }
    ended = true;
    changed.notify_all();
  }

  const int fd;
  const std::size_t capacity;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  std::size_t waiting = 0;  // bytes, of the line that is being written too
  std::uint64_t lost = 0;
  bool stopping = false;
  bool ended = false;
};

LineWriter::LineWriter(int fd, std::size_t capacity)
    : state_(std::make_shared<State>(fd, capacity)) {
  std::thread([state = state_] { state->run(); }).detach();
}

LineWriter::~LineWriter() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, kPatienceAtTheEnd, [this] { return state_->ended; });
}

bool LineWriter::write(std::string line) {
  const std::lock_guard lock(state_->mutex);
  if (line.size() > state_->capacity - state_->waiting) {
    ++state_->lost;
    return false;
  }
  state_->waiting += line.size();
  state_->lines.push_back(std::move(line));
  state_->changed.notify_one();
  return true;
}

std::uint64_t LineWriter::lost() const {
  const std::lock_guard lock(state_->mutex);
  return state_->lost;
}

}  // namespace executor
