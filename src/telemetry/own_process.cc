#include "telemetry/own_process.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iterator>

#include "base/process_stat.h"

namespace executor {
namespace {

// The one for the listing itself is among them.
std::uint64_t open_descriptors() {
  std::error_code failed;
  const std::filesystem::directory_iterator all("/proc/self/fd", failed);
  return failed ? 0 : static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

double seconds_since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double seconds_since_epoch() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

OwnProcess measure_own_process() {
  constexpr std::size_t kUserTime = 14, kSystemTime = 15, kThreads = 20, kStart = 22, kPages = 24;
  const ProcessStat stat("self");
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  OwnProcess own;
  own.descriptors = open_descriptors();
  own.descriptor_limit = limit.rlim_cur;
  if (stat.empty()) return own;
  own.resident_bytes = static_cast<std::uint64_t>(stat.number(kPages) * page);
  own.threads = static_cast<std::uint64_t>(stat.number(kThreads));
  own.cpu_seconds = (stat.number(kUserTime) + stat.number(kSystemTime)) / ticks;
  own.start_time = seconds_since_epoch() - seconds_since_boot() + stat.number(kStart) / ticks;
  return own;
}

}  // namespace executor
