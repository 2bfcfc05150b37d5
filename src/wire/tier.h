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

// What a tier is made of: code that depends on the tier asks for one of these.
struct TierTraits {
  std::string_view name;
  bool firejail = false;    // each zygote is inside firejail
  bool namespaces = false;  // each worker has namespaces and a root of its own
  // The launcher starts the zygotes, which are root: they give each worker a user id, count what
  // its run holds, and kill it (wire/lifeline.h), because the responder may do none of these.
  bool launcher = false;
};

constexpr TierTraits traits_of(Tier tier) {
  switch (tier) {
    case Tier::kUid:
      return {.name = "uid", .launcher = true};
    case Tier::kNamespaces:
      return {.name = "namespaces", .namespaces = true};
    case Tier::kFull:
      return {.name = "full", .firejail = true, .namespaces = true};
  }
  return {.name = "unknown"};
}

constexpr std::string_view name_of(Tier tier) {
  return traits_of(tier).name;
}

// The tier of that name, empty for an unknown name.
constexpr std::optional<Tier> tier_of(std::string_view name) {
  for (const Tier tier : kTiers) {
    if (name_of(tier) == name) return tier;
  }
  return std::nullopt;
}

}  // namespace executor
