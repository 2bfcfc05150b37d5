// Whether the kernel has killed for want of memory, on the machine as a whole: where runs have no
// cgroup, that is what there is to tell such a kill from anybody else's SIGKILL.
#pragma once

#include <cstdint>
#include <string>

namespace executor {

// The processes killed so since the machine started: `oom_kill` in /proc/vmstat. 0 where the kernel
// does not tell. Takes a tenth of a millisecond.
std::uint64_t count_oom_kills(const std::string& vmstat = "/proc/vmstat");

// What count_oom_kills() was when somebody last noted it; at no cost.
std::uint64_t noted_oom_kills();
// Counts and notes, at most once a second; what is noted then.
std::uint64_t note_oom_kills();

}  // namespace executor
