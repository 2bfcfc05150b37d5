#include "telemetry/own_process.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace executor {
namespace {

// The fields of /proc/self/stat behind the name, which is in parentheses: the first is number 3 in
// proc(5).
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  return {std::istream_iterator<std::string>(fields), {}};
}

double number(const std::vector<std::string>& fields, std::size_t index) {
  constexpr std::size_t kFirst = 3;
  return index - kFirst < fields.size() ? std::stod(fields[index - kFirst]) : 0;
}

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
  const std::vector<std::string> fields = stat_fields();
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  OwnProcess own;
  own.descriptors = open_descriptors();
  own.descriptor_limit = limit.rlim_cur;
  if (fields.empty()) return own;
  own.resident_bytes = static_cast<std::uint64_t>(number(fields, kPages) * page);
  own.threads = static_cast<std::uint64_t>(number(fields, kThreads));
  own.cpu_seconds = (number(fields, kUserTime) + number(fields, kSystemTime)) / ticks;
  own.start_time = seconds_since_epoch() - seconds_since_boot() + number(fields, kStart) / ticks;
  return own;
}

}  // namespace executor
