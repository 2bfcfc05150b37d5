// A fair share of the CPU for each run, however many busy processes it has, and for the service.
// Needed where the scheduler has no groups: it then gives sixty busy threads sixty times what it
// gives one.
#pragma once

#include <cstddef>
#include <vector>

namespace executor {

// How much nicer than the service each run is from its start: what looks at many busy threads, to
// make them nicer, would have no CPU among them otherwise.
inline constexpr int kRunNice = 3;
inline constexpr int kNicest = 19;

// The nice value at which `busy` threads weigh together about as much as one of nice value
// kRunNice, as far as there is one: sixty weigh less than two.
int nice_for(std::size_t busy);

// Decides how nice the threads of a run must be. Only what stays busy counts, because a nice value
// cannot be taken back: the lower of the last two looks.
class CpuShare {
 public:
  // The nice value that every thread of the run must have at least; never lower than before, 0
  // until there is one.
  int look(std::size_t busy);

 private:
  std::size_t last_ = 0;
  int nice_ = 0;
};

struct Thread {
  int id = 0;
  bool busy = false;  // runs, or waits for nothing but a CPU
  int nice = 0;
};

// All threads of the processes.
std::vector<Thread> threads_in(const std::vector<int>& processes);

std::size_t count_busy(const std::vector<Thread>& threads);

}  // namespace executor
