// The directories of cgroupfs (cgroups(7), "cgroup v2") and what the texts of its files mean. Knows
// nothing of who is in a cgroup and why.
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
// "/system.slice/a.service"; empty when it names no path, or one outside of what we see.
std::string unified_path(std::string_view proc_cgroup);

// The path of the cgroup of a process, "self" or a number, as /proc names it to us; empty when the
// process is gone.
std::string cgroup_of_process(const std::string& pid);

// The number after `key` in a file of "key number" lines, such as memory.events.
std::optional<std::uint64_t> counter(std::string_view text, std::string_view key);

// The words of a file that lists names or process ids.
std::vector<std::string> words_of(std::string_view text);

// Whether we may divide the cgroup `directory`, whose path in the hierarchy is `path`. systemd
// marks what it delegates; it keeps managing what its user merely owns (a terminal's scope). The
// root of a container's hierarchy belongs to the container; the machine's own root, which has no
// cgroup.type, must not be taken.
bool is_marked_as_delegated(int directory, const std::string& path);

// Whether we may write to `file` in the cgroup `directory`.
bool can_write(int directory, const char* file);

// Opens the directory `name` below `directory` for reading.
Result<UniqueFd> open_directory(int directory, const std::string& name);

// Waits until no process is left in the cgroup `directory` or below. False when that takes longer.
bool await_empty(int directory, Deadline deadline);

// Kills every process in the cgroup `name` and below, waits for their end, and removes all of it.
// Nothing to do when there is no such cgroup. Waits no longer than the deadline.
Result<void> remove_cgroup(int parent, const std::string& name, Deadline deadline);

}  // namespace executor
