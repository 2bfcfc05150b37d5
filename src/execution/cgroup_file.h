// The small files of cgroupfs (cgroups(7), "cgroup v2"), reached through a directory's descriptor,
// and what their texts mean. Knows nothing of who is in a cgroup and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"

namespace executor {

// The path in the unified hierarchy that a text of /proc/PID/cgroup names, such as
// "/system.slice/a.service"; empty when there is none, or when it lies outside of what we see.
std::string unified_path(std::string_view proc_cgroup);

// The number behind `key` in a file of "key number" lines, such as memory.events.
std::optional<std::uint64_t> counter(std::string_view text, std::string_view key);

// The words of a file that lists names or process ids.
std::vector<std::string> words_of(std::string_view text);

// Opens the directory `name` below `directory` for reading.
Result<UniqueFd> open_directory(int directory, const std::string& name);

// The first 64 KiB of a file, or what is written in one write(2).
Result<std::string> read_at(int directory, const char* name);
Result<void> write_at(int directory, const char* name, std::string_view text);

// Waits until no process is left in the cgroup `directory` or below. False when that takes longer.
bool await_empty(int directory, Deadline deadline);

// Kills every process in the cgroup `name` and below, waits for their end, and removes all of it.
// Nothing to do when there is no such cgroup. Waits no longer than the deadline.
Result<void> remove_cgroup(int parent, const std::string& name, Deadline deadline);

}  // namespace executor
