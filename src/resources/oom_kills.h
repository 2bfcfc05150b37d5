// Whether the kernel's OOM killer has run, machine-wide: where runs have no cgroup, only this
// distinguishes an OOM kill from any other SIGKILL.
#pragma once

#include <cstdint>
#include <string>

namespace executor {

// OOM kills since the machine started: `oom_kill` in /proc/vmstat. 0 where the kernel does not
// report it. Takes a tenth of a millisecond.
std::uint64_t read_oom_kills(const std::string& vmstat = "/proc/vmstat");

// What read_oom_kills() was when it was last noted; at no cost.
std::uint64_t last_oom_kills();
// Counts and notes, at most once a second. Returns what is noted afterwards.
std::uint64_t refresh_oom_kills();

}  // namespace executor
