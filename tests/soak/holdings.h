// What a service holds at a moment: descriptors, processes, mounts, namespaces, cgroups, files,
// memory. Looks only, and sees more with /proc/slabinfo, which root can pass on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/server.h"

namespace executor::test {

struct Holding {
  std::string what;
  std::int64_t amount = 0;
  std::int64_t may_grow = 0;  // by so much, and still nothing leaks
};

// Where SLABINFO_FD says that a descriptor of /proc/slabinfo is open, takes it, so that no child
// has it: the kernel's own counts of namespaces and mounts need it. Call before anything is
// started.
void take_slabinfo();

// What `server` and its processes hold; always the same holdings in the same order. Amounts of what
// may not be read are 0.
std::vector<Holding> holdings_of(const Server& server);

// Whether one of `now` is larger than in `before` by more than it may.
bool has_grown(const std::vector<Holding>& before, const std::vector<Holding>& now);

}  // namespace executor::test
