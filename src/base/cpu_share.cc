#include "base/cpu_share.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/process_memory.h"
#include "base/process_stat.h"

namespace executor {

// Each step of nice is a factor of 1.25 in weight (sched(7)).
int nice_for(std::size_t busy) {
  constexpr double kStep = 1.25;
  if (busy <= 1) return kRunNice;
  const auto steps = std::lround(std::log(busy) / std::log(kStep));
  return std::min(kRunNice + static_cast<int>(steps), kNicest);
}

int CpuShare::look(std::size_t busy) {
  const std::size_t stayed = std::min(busy, last_);
  if (stayed > 1) nice_ = std::max(nice_, nice_for(stayed));
  last_ = busy;
  return nice_;
}

std::vector<Thread> threads_in(const std::vector<int>& processes) {
  constexpr std::size_t kThreads = 20;
  std::vector<Thread> found;
  const auto add = [&found](const std::string& id) {
    const ProcessStat stat(id);
    if (stat.empty()) return 0.0;
    found.push_back(
        {.id = std::atoi(id.c_str()), .busy = stat.state() == 'R', .nice = stat.nice()});
    return stat.number(kThreads);
  };
  for (const int process : processes) {
    const std::string first = std::to_string(process);
    if (add(first) <= 1) continue;
    for (const std::string& directory : threads_of(process)) {
      const std::string id = directory.substr(directory.rfind('/') + 1);
      if (id != first) add(id);
    }
  }
  return found;
}

std::size_t count_busy(const std::vector<Thread>& threads) {
  const auto busy = [](const Thread& thread) { return thread.busy; };
  return static_cast<std::size_t>(std::count_if(threads.begin(), threads.end(), busy));
}

}  // namespace executor
