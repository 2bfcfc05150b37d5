// How much memory a group of processes holds, read from /proc.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace executor {

// What a process holds in anonymous and shared memory, in bytes.
struct Holding {
  int process = 0;
  int thread = 0;               // one of it that has not ended
  std::uint64_t anonymous = 0;  // without shared memory
  std::uint64_t resident = 0;   // every page that it has mapped or swapped out
  std::uint64_t share = 0;      // the same, each page divided by the number of those who map it
  std::uint64_t faults = 0;     // minor page faults so far, when `share` was read
};

// Upper bound on what the processes hold: a page that several of them share counts for each. Cheap
// regardless of what the processes do. Those that are gone are left out; `share` and
// `faults` are not filled in.
struct MemoryBound {
  std::uint64_t bytes = 0;
  std::vector<Holding> of;
};
MemoryBound bound_memory(const std::vector<int>& processes);

// What they hold: a page that several share counts once, as does a page shared with others divided
// by their number. Ends early once it is over `limit`. Walks every page, under locks that the
// processes contend for: may take seconds, so do not call it where something waits.
struct MemorySum {
  std::uint64_t bytes = 0;
  std::size_t vanished = 0;  // processes that ended before they could be read
  std::vector<Holding> of;   // processes with the memory of another are left out
};
MemorySum sum_memory(const MemoryBound& bound, std::uint64_t limit);

// What processes that were summed up hold by now, judged from cheap numbers.
struct Growth {
  // A lower bound for those that still exist: the sum, and what each has added to its anonymous
  // memory. Pages of processes that have ended are left out, even where others still hold them.
  std::uint64_t at_least = 0;
  // An upper bound, new processes included, if no page is a huge page.
  std::uint64_t at_most = 0;
};
Growth growth_since(const MemorySum& sum, const MemoryBound& now);

// The directories /proc/PROCESS/task/THREAD of a process; none when it is gone.
std::vector<std::string> threads_of(int process);

// `pid`, which comes first, and all its descendants. A process that loses its parent becomes a
// child of its namespace's first one, so none of a run's processes is outside the worker's tree.
std::vector<int> process_tree(int pid);

// Every real, effective, saved or file system user id that a process has.
std::set<unsigned> users_in_use();

// All processes whose parent is `parent`.
std::vector<int> children_of(int parent);

// All processes whose real, effective, saved or file system user id is `uid`.
std::vector<int> processes_of_user(unsigned uid);
// All processes by user, in one quick look: by the effective id where that is not hidden, which is
// all that a process without privileges has.
std::map<unsigned, std::vector<int>> processes_of_users();

}  // namespace executor
