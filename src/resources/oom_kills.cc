#include "resources/oom_kills.h"

#include <atomic>
#include <fstream>

#include "base/deadline.h"

namespace executor {
namespace {

constexpr auto kInterval = std::chrono::seconds(1);

std::atomic<std::uint64_t> noted = 0;
std::atomic<Clock::rep> next_note = 0;

}  // namespace

std::uint64_t read_oom_kills(const std::string& vmstat) {
  std::ifstream counters(vmstat);
  std::string name;
  for (std::uint64_t count = 0; counters >> name >> count;) {
    if (name == "oom_kill") return count;
  }
  return 0;
}

std::uint64_t last_oom_kills() {
  return noted;
}

std::uint64_t refresh_oom_kills() {
  const auto now = Clock::now();
  auto due = next_note.load();
  if (now.time_since_epoch().count() < due) return noted;
  const auto next = (now + kInterval).time_since_epoch().count();
  if (next_note.compare_exchange_strong(due, next)) noted = read_oom_kills();
  return noted;
}

}  // namespace executor
