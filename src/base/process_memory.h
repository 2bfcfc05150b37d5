// How much memory a group of processes holds, as /proc tells it.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

namespace executor {

// Bytes that the processes hold in anonymous and shared memory. A page that several of them share
// counts once, as does a page shared with others divided by their number. First a cheap upper bound
// is summed; only when that is over `limit` are the exact shares read, and for a process whose
// shares may not be read the bound stands.
std::uint64_t memory_of(const std::vector<int>& processes, std::uint64_t limit);

// Every real, effective, saved or file system user id that a process has.
std::set<unsigned> users_in_use();

// All processes whose parent is `parent`.
std::vector<int> children_of(int parent);

// All processes whose real, effective, saved or file system user id is `uid`.
std::vector<int> processes_of_user(unsigned uid);

}  // namespace executor
