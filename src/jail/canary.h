// The canary's parameters, and the facts read from tables of mounts: parts of the attestation in
// jail/attestation.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jail/attestation.h"

namespace executor {

// The canary's whole script for a worker of this setup: its parameters, then canary_script().
std::string canary_for(const Setup& setup);

// The mounts in a process's /proc/PID/mountinfo that a worker must not have, and those that are
// writable: mount points separated by blanks. `exposed` are the paths that scripts may see besides
// the system's, `machines` the mount points that there are outside, by the same names. Pure.
Facts mount_facts(std::string_view mountinfo, const std::vector<std::string>& exposed,
                  const std::vector<std::string>& machines);

// Every mount point that this process sees, those below an exposed link also by its name.
std::vector<std::string> mount_points(const std::vector<std::string>& exposed);

}  // namespace executor
