#include "jail/attestation.h"

#include <array>
#include <cstdio>
#include <set>
#include <sstream>

#include "jail/probes.h"
#include "wire/launch.h"
#include "wire/limits.h"
#include "wire/root_paths.h"

namespace executor {
namespace {

// The tiers that promise a fact: all, or those with, or without, that trait (wire/tier.h).
enum class Layer : std::uint8_t { kAny, kFirejail, kNamespaces, kNoNamespaces, kLauncher };
using enum Layer;

struct Promise {
  Layer layer;
  const char* name;
  const char* value;
};

// As a job sees it. Only these values are allowed.
constexpr Promise kInsidePromises[] = {
    {kNamespaces, "uid", "1000 1000 1000"},
    {kNamespaces, "gid", "1000 1000 1000"},
    {kNamespaces, "pid", "1"},
    {kAny, "no_new_privs", "1"},
    {kAny, "seccomp", "2"},
    {kAny, "capabilities", "0"},
    {kAny, "bounding_set", "0"},
    {kAny, "descriptors", "0 1 2 1000"},
    {kAny, "streams", "null 10000 10000"},
    {kNamespaces, "proc", ""},
    {kAny, "home", ""},
    {kNamespaces, "cgroups", ""},
    {kAny, "home.write", "done"},
    {kAny, "tmp.write", "done"},
    {kNamespaces, "writable", "/dev/shm"},
    {kNoNamespaces, "writable", ""},
    {kNamespaces, "families", "2 10"},
    {kNoNamespaces, "families", ""},
    {kNoNamespaces, "signals", "EPERM"},
    {kNamespaces, "interfaces", "lo"},
    {kNoNamespaces, "interfaces", "EPERM"},
    {kNamespaces, "connect.ipv4", "ENETUNREACH"},
    {kNamespaces, "connect.ipv6", "ENETUNREACH"},
    {kNoNamespaces, "connect.ipv4", "EPERM"},
    {kNoNamespaces, "connect.ipv6", "EPERM"},
    {kNamespaces, "write./", "EROFS"},
    {kNamespaces, "write./usr/bin", "EROFS"},
    {kNamespaces, "write./usr/lib", "EROFS"},
    {kNamespaces, "write./etc", "EROFS"},
    {kNamespaces, "write./dev", "EROFS"},
    {kNamespaces, "write./home", "EROFS"},
    {kNamespaces, "write./mnt", "EROFS"},
    {kNamespaces, "write./proc", "EROFS"},
    {kAny, "socket.netlink", "EPERM"},
    {kAny, "socket.packet", "EPERM"},
    {kAny, "socket.raw", "EPERM"},
    {kAny, "job_socket", "EPERM"},
    {kAny, "act.mount", "EPERM"},
    {kAny, "act.pivot_root", "EPERM"},
    {kAny, "act.chroot", "EPERM"},
    {kAny, "act.unshare", "EPERM"},
    {kAny, "act.setns", "EPERM"},
    {kAny, "act.clone_newuser", "EPERM"},
    {kAny, "act.ptrace", "EPERM"},
    {kAny, "act.process_vm_readv", "EPERM"},
    {kAny, "act.bpf", "EPERM"},
    {kAny, "act.perf_event_open", "EPERM"},
    {kAny, "act.keyctl", "EPERM"},
    {kAny, "act.io_uring_setup", "EPERM"},
    {kAny, "act.open_by_handle_at", "EPERM"},
    {kAny, "act.memfd_create", "EPERM"},
    {kAny, "act.shmget", "EPERM"},
    {kAny, "securebits", "239"},  // runner/confinement_steps.cc: all that can be locked is
    {kAny, "death_signal", "9"},
    {kAny, "entry.32_bit", "ENOSYS"},
    {kAny, "entry.x32", "ENOSYS"},
    {kNamespaces, "accounts", "root sandbox nobody"},
    {kFirejail, "host", "sandbox"},  // the profile's
    {kNamespaces, "devices", ""},
    {kNamespaces, "names./dev", ""},
    {kNamespaces, "names./etc", ""},
    {kNamespaces, "names./usr", ""},
    {kNamespaces, "names./usr/sbin", ""},
    {kNamespaces, "names./usr/share", ""},
    {kAny, "environment", ""},
    {kAny, "filter", ""},
};

// As the kernel sees it, compared with ourselves. The worker's filter and PID namespace are below
// ours in any case; firejail's come in between.
constexpr Promise kOutsidePromises[] = {
    {kNamespaces, "ns.user", "own"},
    {kNamespaces, "ns.pid", "own"},
    {kNamespaces, "ns.mnt", "own"},
    {kNamespaces, "ns.net", "own"},
    {kNamespaces, "ns.ipc", "own"},
    {kNamespaces, "ns.uts", "own"},
    {kNamespaces, "ns.cgroup", "own"},
    {kAny, "status.CapInh", "0000000000000000"},
    {kAny, "status.CapPrm", "0000000000000000"},
    {kAny, "status.CapEff", "0000000000000000"},
    {kAny, "status.CapBnd", "0000000000000000"},
    {kAny, "status.CapAmb", "0000000000000000"},
    {kAny, "status.NoNewPrivs", "1"},
    {kLauncher, "ids", "own"},
    {kLauncher, "ids.in_range", "yes"},
    {kLauncher, "ids.alone", "yes"},
    {kLauncher, "groups", ""},
    {kAny, "descriptors.more", "0"},
    {kNamespaces, "mounts.writable", "/dev/shm /home/sandbox /tmp"},
    {kNamespaces, "mounts.suid", ""},
    {kNamespaces, "mounts.devices", ""},
    {kNamespaces, "mounts.shared", ""},
    {kNamespaces, "mounts.more", ""},
    {kNamespaces, "ids.mapped", "1000 1, 1000 1"},
    {kNamespaces, "descriptors.inheritable", "0 1 2"},
    {kNamespaces, "zygote.user", "own"},
    {kAny, "zygote.NoNewPrivs", "1"},
    {kNamespaces, "network.traffic", "none"},
    {kAny, "session", "own"},
    {kAny, "priority", "lower"},
    {kAny, "oom_score_adj", "1000"},
    {kAny, "sandbox.seccomp", "own"},
    {kNamespaces, "sandbox.pid", "own"},
    {kFirejail, "jail.seccomp", "own"},
    {kFirejail, "jail.pid", "own"},
};

bool promised_by(Tier tier, const Promise& promise) {
  const TierTraits traits = traits_of(tier);
  switch (promise.layer) {
    case kAny:
      return true;
    case kFirejail:
      return traits.firejail;
    case kNamespaces:
      return traits.namespaces;
    case kNoNamespaces:
      return !traits.namespaces;
    case kLauncher:
      return traits.launcher;
  }
  return true;
}

std::optional<std::string> fact(const Facts& facts, const std::string& name) {
  const auto found = facts.find(name);
  return found == facts.end() ? std::nullopt : std::optional(found->second);
}

Judgement judgement(Tier tier, const Promise& promise, const Facts& facts, bool inside) {
  return {promise.name, promise.value, fact(facts, promise.name), promised_by(tier, promise),
          inside};
}

std::string pair_of(std::uint64_t first, std::uint64_t second) {
  return std::to_string(first) + " " + std::to_string(second);
}

// Capabilities as proc(5) prints them.
std::string as_status_has_it(std::uint64_t capabilities) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(capabilities));
  return digits.data();
}

std::string above_the_zygote(std::uint64_t bytes) {
  return std::to_string(bytes) + " above the zygote";
}

// The promises that depend on the configuration.
Facts configured_promises(Tier tier, const SandboxLimits& limits) {
  Facts promises = {{"filter.probes", std::to_string(seccomp_probes(tier).size())},
                    {"limit.data", above_the_zygote(limits.memory)},
                    {"limit.as", above_the_zygote(limits.memory + kAddressSlack)}};
  for (const ProcessLimit& limit : process_limits(limits)) {
    promises[limit.name] = pair_of(limit.soft, limit.hard);
  }
  return promises;
}

// Replaces the fact by the promised text if its soft and hard limits are equal and between `above`
// and `above` plus what the zygote maps. kGrowth: the zygote maps a little more over time.
void relate(Facts& inside, const char* name, std::uint64_t above,
            const std::optional<std::string>& mapped) {
  constexpr std::uint64_t kGrowth = 16ULL << 20;
  const auto told = fact(inside, name);
  if (!told || !mapped) return;
  std::istringstream found(*told);
  std::uint64_t soft = 0, hard = 0, base = 0;
  const bool numbers = static_cast<bool>(found >> soft >> hard) &&
                       static_cast<bool>(std::istringstream(*mapped) >> base);
  if (numbers && soft == hard && soft >= above && soft - above <= base + kGrowth) {
    inside[name] = above_the_zygote(above);
  }
}

// The names in the root directory: the sandbox's own, and the first part of each exposed path.
std::string promised_root(const std::vector<std::string>& exposed) {
  std::set<std::string> names = {"bin", "dev",  "etc",  "home", "lib", "lib64",
                                 "mnt", "proc", "sbin", "tmp",  "usr"};
  for (const std::string& path : exposed) names.insert(path.substr(1, path.find('/', 1) - 1));
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

}  // namespace

Facts parse_facts(std::string_view printed) {
  Facts facts;
  std::istringstream lines{std::string(printed)};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos) facts[line.substr(0, tab)] = line.substr(tab + 1);
  }
  return facts;
}

void relate_memory_limits(const SandboxLimits& promised, const Facts& outside, Facts& inside) {
  relate(inside, "limit.data", promised.memory, fact(outside, "zygote.data"));
  relate(inside, "limit.as", promised.memory + kAddressSlack,
         fact(outside, "zygote.address_space"));
}

std::vector<Judgement> judge_facts(const Setup& promised, const Facts& inside,
                                   const Facts& outside) {
  const auto add = [&promised](auto& judged, const Promise& promise, const Facts& facts, bool in) {
    judged.push_back(judgement(promised.tier, promise, facts, in));
  };
  std::vector<Judgement> judged;
  const std::string root = promised_root(promised.expose);
  const SandboxLimits& limits = promised.limits;
  const std::string scratch = pair_of(limits.scratch, limits.scratch_inodes + kScratchDirectories);
  add(judged, {kNamespaces, "root", root.c_str()}, inside, true);
  for (const Promise& promise : kInsidePromises) add(judged, promise, inside, true);
  add(judged, {kNamespaces, "scratch", scratch.c_str()}, inside, true);
  for (const auto& [name, value] : configured_promises(promised.tier, limits)) {
    add(judged, {kAny, name.c_str(), value.c_str()}, inside, true);
  }
  for (const Promise& promise : kOutsidePromises) add(judged, promise, outside, false);
  const char* const identity = promised.own_ids ? "own" : "the service's";
  add(judged, {kNamespaces, "identity", identity}, outside, false);
  const std::string rights = as_status_has_it(zygote_capabilities());
  for (const char* name : {"zygote.CapPrm", "zygote.CapBnd"}) {
    add(judged, {kLauncher, name, rights.c_str()}, outside, false);
  }
  return judged;
}

std::vector<std::string> missing_facts(const Setup& promised, const Facts& inside,
                                       const Facts& outside) {
  std::vector<std::string> missing;
  for (const Judgement& judged : judge_facts(promised, inside, outside)) {
    if (!judged.applies || judged.holds()) continue;
    const std::string actual = judged.found ? "\"" + *judged.found + "\"" : "unknown";
    missing.push_back(judged.name + " is " + actual + ", not \"" + judged.promised + "\"");
  }
  return missing;
}

}  // namespace executor
