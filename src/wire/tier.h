// The tiers of isolation: what holds a worker. Which one is in use is decided once, at the start,
// by which attests; never is there a silent step down.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace executor {

// In rising order: a higher tier holds by more.
enum class Tier : std::uint8_t {
  kUid = 0,         // a user id of its own for each worker, seccomp, Landlock where there is one
  kNamespaces = 1,  // namespaces and a root of its own for each worker
  kFull = 2,        // the same inside firejail
};
inline constexpr Tier kTiers[] = {Tier::kFull, Tier::kNamespaces, Tier::kUid};

constexpr std::string_view name_of(Tier tier) {
  switch (tier) {
    case Tier::kUid:
      return "uid";
    case Tier::kNamespaces:
      return "namespaces";
    case Tier::kFull:
      return "full";
  }
  return "unknown";
}

// The tier of that name, empty when there is none.
constexpr std::optional<Tier> tier_of(std::string_view name) {
  for (const Tier tier : kTiers) {
    if (name_of(tier) == name) return tier;
  }
  return std::nullopt;
}

}  // namespace executor
