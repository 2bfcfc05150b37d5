#include "idle.h"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

namespace executor::bench {
namespace {

struct Ticks {
  double all = 0;
  double idle = 0;
  double steal = 0;
};

// The first line of /proc/stat: user nice system idle iowait irq softirq steal (proc(5)).
Ticks read_ticks() {
  std::ifstream stat("/proc/stat");
  std::string word;
  stat >> word;
  Ticks ticks;
  double value = 0;
  for (int field = 0; field < 8 && stat >> value; ++field) {
    ticks.all += value;
    if (field == 3 || field == 4) ticks.idle += value;
    if (field == 7) ticks.steal = value;
  }
  return ticks;
}

}  // namespace

bool wait_until_idle() {
  for (int attempt = 0; attempt < 10; ++attempt) {
    const Ticks before = read_ticks();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const Ticks after = read_ticks();
    if (after.idle - before.idle >= 0.9 * (after.all - before.all)) return true;
  }
  return false;
}

double busy_seconds() {
  const Ticks ticks = read_ticks();
  return (ticks.all - ticks.idle - ticks.steal) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace executor::bench
