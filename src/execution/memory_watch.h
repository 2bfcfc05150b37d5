// How much memory a run holds as a whole. Limits per process do not add up to one for the run:
// eight children may each have what one may.
#pragma once

#include <cstdint>

namespace executor {

// Bytes that the process `pid` and its descendants hold in anonymous and shared memory. A page that
// several of them share counts once, as does a page shared with the zygote's other clones divided
// by their number. First a cheap upper bound is summed; only when that is over `limit` are the
// exact shares read. Returns 0 when the processes are gone.
std::uint64_t memory_in_use(int pid, std::uint64_t limit);

}  // namespace executor
