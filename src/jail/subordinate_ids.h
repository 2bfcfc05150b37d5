// Subordinate user and group ids: ranges that root has given to a user in /etc/subuid and
// /etc/subgid (subuid(5)), and that newuidmap(1) and newgidmap(1) map into a user namespace of that
// user.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace executor {

struct IdRange {
  std::uint32_t first = 0, count = 0;

  [[nodiscard]] bool contains(std::uint32_t id) const { return id >= first && id - first < count; }
};

// The largest range that the text of such a file gives to the user, by name or by number; the first
// of several equally large ones. Lines that are malformed, contain root's id or the user's own, or
// exceed the range of ids are skipped.
std::optional<IdRange> largest_range(std::string_view text, std::string_view user, uid_t uid);

// What this process can see.
struct IdentityFacts {
  std::string user;         // its own; its number where it has no name
  bool programs = false;    // newuidmap and newgidmap are there
  bool privileged = false;  // and set-user-ID root, or with file capabilities
  bool no_new_privs = false;
  std::optional<IdRange> uids, gids;
};
IdentityFacts survey_identity();

// One user and one group range of the same length.
struct SubordinateIds {
  IdRange uids, gids;
};

// The ranges of the facts. A failure says what is missing for `least` ids.
Result<SubordinateIds> usable_ids(const IdentityFacts& facts, std::uint32_t least);

inline constexpr const char* kNewUidMap = "/usr/bin/newuidmap";
inline constexpr const char* kNewGidMap = "/usr/bin/newgidmap";

}  // namespace executor
