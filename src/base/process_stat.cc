#include "base/process_stat.h"

#include <fcntl.h>

#include <cstdlib>
#include <fstream>

#include "base/file_at.h"

namespace executor {
namespace {

constexpr std::size_t kFirst = 3, kParent = 4, kUserTime = 14, kSystemTime = 15, kNice = 19;

}  // namespace

ProcessStat::ProcessStat(const std::string& process) {
  auto text = read_at(AT_FDCWD, ("/proc/" + process + "/stat").c_str());
  if (!text) return;
  const std::size_t name_end = text->rfind(") ");  // the name may hold anything
  if (name_end != std::string::npos) fields_ = text->substr(name_end + 2);
}

double ProcessStat::number(std::size_t field) const {
  std::size_t at = 0;
  for (std::size_t before = kFirst; before < field; ++before) {
    at = fields_.find(' ', at);
    if (at++ == std::string::npos) return 0;
  }
  return std::strtod(fields_.c_str() + at, nullptr);
}

int ProcessStat::nice() const {
  return static_cast<int>(number(kNice));
}

std::optional<Activity> activity_of(int process) {
  const ProcessStat stat(std::to_string(process));
  if (stat.empty()) return std::nullopt;
  const double ticks = stat.number(kUserTime) + stat.number(kSystemTime);
  return Activity{.runnable = stat.state() == 'R' || stat.state() == 'D',
                  .cpu_ticks = static_cast<std::uint64_t>(ticks)};
}

Scheduled scheduled(const std::string& task) {
  std::ifstream file(task + "/schedstat");
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  if (!(file >> ran >> waited)) return {};
  return {std::chrono::nanoseconds(ran), std::chrono::nanoseconds(waited)};
}

int parent_of(int process) {
  const ProcessStat stat(std::to_string(process));
  return stat.empty() ? -1 : static_cast<int>(stat.number(kParent));
}

int process_of(int pidfd) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(pidfd));
  for (std::string key; info >> key;) {
    int pid = -1;
    if (key == "Pid:" && info >> pid) return pid > 0 ? pid : -1;
  }
  return -1;
}

}  // namespace executor
