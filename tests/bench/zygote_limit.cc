#include "zygote_limit.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "idle.h"
#include "script.h"

namespace executor::bench {
namespace {

namespace fs = std::filesystem;

bool is_zygote(const fs::path& process) {
  std::ifstream file(process / "comm");
  std::string name;
  return std::getline(file, name) && name == "python-zygote";
}

// utime and stime (proc_pid_stat(5)), the 12th and 13th fields after the name.
double cpu_seconds_of(const fs::path& process) {
  std::ifstream file(process / "stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

using Zygotes = std::map<std::string, double>;  // process id and seconds of CPU

Zygotes zygotes() {
  Zygotes all;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    if (is_zygote(entry.path())) all[entry.path().filename()] = cpu_seconds_of(entry.path());
  }
  return all;
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double others_cpu_seconds() {
  return busy_seconds() - own_cpu_seconds();
}

}  // namespace

std::vector<ZygoteLimit> measure_zygote_limit(const Contender& service, const Effort& effort) {
  std::vector<ZygoteLimit> limits;
  for (const Script& script : all_scripts()) {
    Zygotes before = zygotes();
    const double others = others_cpu_seconds();
    measure_throughput(service, script, effort);
    const double all = others_cpu_seconds() - others;
    double busiest = 0;
    for (const auto& [process, seconds] : zygotes()) {
      if (before.count(process) != 0) busiest = std::max(busiest, seconds - before[process]);
    }
    if (busiest <= 0) throw std::runtime_error("no zygote was at work");
    limits.push_back({script.name, busiest / all, all / busiest});
  }
  return limits;
}

}  // namespace executor::bench
