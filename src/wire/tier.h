// The tiers of isolation: what confines a worker. Which one is used is decided once, at the start,
// by attestation; the service never silently falls back to a lower one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace executor {

// In ascending order: a higher tier has more layers.
enum class Tier : std::uint8_t {
  kUid = 0,         // a user id of its own for each worker, seccomp, Landlock where available
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

// The tier of that name, empty for an unknown name.
constexpr std::optional<Tier> tier_of(std::string_view name) {
  for (const Tier tier : kTiers) {
    if (name_of(tier) == name) return tier;
  }
  return std::nullopt;
}

}  // namespace executor
