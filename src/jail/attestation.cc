#include "jail/attestation.h"

#include <array>
#include <cstdio>
#include <set>
#include <sstream>

#include "jail/probes.h"
#include "wire/launch.h"
#include "wire/limits.h"

namespace executor {
namespace {

// The tiers that promise a fact.
enum Tiers : unsigned {
  kFullOnly = 1U << static_cast<unsigned>(Tier::kFull),
  kNamespaced = kFullOnly | 1U << static_cast<unsigned>(Tier::kNamespaces),
  kUidOnly = 1U << static_cast<unsigned>(Tier::kUid),
  kEvery = kNamespaced | kUidOnly,
};

struct Promise {
  Tiers tiers;
  const char* name;
  const char* value;
};

// As a job sees it. Only these values are allowed.
constexpr Promise kInsidePromises[] = {
    {kNamespaced, "uid", "1000 1000 1000"},
    {kNamespaced, "gid", "1000 1000 1000"},
    {kNamespaced, "pid", "1"},
    {kEvery, "no_new_privs", "1"},
    {kEvery, "seccomp", "2"},
    {kEvery, "capabilities", "0"},
    {kEvery, "bounding_set", "0"},
    {kEvery, "descriptors", "0 1 2 1000"},
    {kEvery, "streams", "null 10000 10000"},
    {kNamespaced, "proc", ""},
    {kEvery, "home", ""},
    {kNamespaced, "cgroups", ""},
    {kEvery, "home.write", "done"},
    {kEvery, "tmp.write", "done"},
    {kNamespaced, "writable", "/dev/shm"},
    {kUidOnly, "writable", ""},
    {kNamespaced, "families", "2 10"},
    {kUidOnly, "families", ""},
    {kUidOnly, "signals", "EPERM"},
    {kNamespaced, "interfaces", "lo"},
    {kUidOnly, "interfaces", "EPERM"},
    {kNamespaced, "connect.ipv4", "ENETUNREACH"},
    {kNamespaced, "connect.ipv6", "ENETUNREACH"},
    {kUidOnly, "connect.ipv4", "EPERM"},
    {kUidOnly, "connect.ipv6", "EPERM"},
    {kNamespaced, "write./", "EROFS"},
    {kNamespaced, "write./usr/bin", "EROFS"},
    {kNamespaced, "write./usr/lib", "EROFS"},
    {kNamespaced, "write./etc", "EROFS"},
    {kNamespaced, "write./dev", "EROFS"},
    {kNamespaced, "write./home", "EROFS"},
    {kNamespaced, "write./mnt", "EROFS"},
    {kNamespaced, "write./proc", "EROFS"},
    {kEvery, "socket.netlink", "EPERM"},
    {kEvery, "socket.packet", "EPERM"},
    {kEvery, "socket.raw", "EPERM"},
    {kEvery, "job_socket", "EPERM"},
    {kEvery, "act.mount", "EPERM"},
    {kEvery, "act.pivot_root", "EPERM"},
    {kEvery, "act.chroot", "EPERM"},
    {kEvery, "act.unshare", "EPERM"},
    {kEvery, "act.setns", "EPERM"},
    {kEvery, "act.clone_newuser", "EPERM"},
    {kEvery, "act.ptrace", "EPERM"},
    {kEvery, "act.process_vm_readv", "EPERM"},
    {kEvery, "act.bpf", "EPERM"},
    {kEvery, "act.perf_event_open", "EPERM"},
    {kEvery, "act.keyctl", "EPERM"},
    {kEvery, "act.io_uring_setup", "EPERM"},
    {kEvery, "act.open_by_handle_at", "EPERM"},
    {kEvery, "act.memfd_create", "EPERM"},
    {kEvery, "act.shmget", "EPERM"},
    {kEvery, "securebits", "239"},  // runner/worker.cc: all that can be locked is
    {kEvery, "death_signal", "9"},
    {kEvery, "entry.32_bit", "ENOSYS"},
    {kEvery, "entry.x32", "ENOSYS"},
    {kNamespaced, "accounts", "root sandbox nobody"},
    {kFullOnly, "host", "sandbox"},  // the profile's
    {kNamespaced, "devices", ""},
    {kNamespaced, "names./dev", ""},
    {kNamespaced, "names./etc", ""},
    {kNamespaced, "names./usr", ""},
    {kNamespaced, "names./usr/sbin", ""},
    {kNamespaced, "names./usr/share", ""},
    {kEvery, "environment", ""},
    {kEvery, "filter", ""},
};

// As the kernel sees it, compared with ourselves. The worker's filter and PID namespace are below
// ours in any case; firejail's come in between.
constexpr Promise kOutsidePromises[] = {
    {kNamespaced, "ns.user", "own"},
    {kNamespaced, "ns.pid", "own"},
    {kNamespaced, "ns.mnt", "own"},
    {kNamespaced, "ns.net", "own"},
    {kNamespaced, "ns.ipc", "own"},
    {kNamespaced, "ns.uts", "own"},
    {kNamespaced, "ns.cgroup", "own"},
    {kEvery, "status.CapInh", "0000000000000000"},
    {kEvery, "status.CapPrm", "0000000000000000"},
    {kEvery, "status.CapEff", "0000000000000000"},
    {kEvery, "status.CapBnd", "0000000000000000"},
    {kEvery, "status.CapAmb", "0000000000000000"},
    {kEvery, "status.NoNewPrivs", "1"},
    {kUidOnly, "ids", "own"},
    {kUidOnly, "ids.in_range", "yes"},
    {kUidOnly, "ids.alone", "yes"},
    {kUidOnly, "groups", ""},
    {kEvery, "descriptors.more", "0"},
    {kNamespaced, "mounts.writable", "/dev/shm /home/sandbox /tmp"},
    {kNamespaced, "mounts.suid", ""},
    {kNamespaced, "mounts.devices", ""},
    {kNamespaced, "mounts.shared", ""},
    {kNamespaced, "mounts.more", ""},
    {kNamespaced, "ids.mapped", "1000 1, 1000 1"},
    {kNamespaced, "descriptors.inheritable", "0 1 2"},
    {kNamespaced, "zygote.user", "own"},
    {kEvery, "zygote.NoNewPrivs", "1"},
    {kNamespaced, "network.traffic", "none"},
    {kEvery, "session", "own"},
    {kEvery, "oom_score_adj", "1000"},
    {kEvery, "sandbox.seccomp", "own"},
    {kNamespaced, "sandbox.pid", "own"},
    {kFullOnly, "jail.seccomp", "own"},
    {kFullOnly, "jail.pid", "own"},
};

bool promised_by(Tier tier, const Promise& promise) {
  return (promise.tiers & 1U << static_cast<unsigned>(tier)) != 0;
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

// The fact becomes a promise where both limits are the same and between `above` and that on top of
// what the zygote maps. Over time it maps a little more than before its first worker.
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
  const std::string scratch = pair_of(limits.scratch, limits.scratch_inodes);
  add(judged, {kNamespaced, "root", root.c_str()}, inside, true);
  for (const Promise& promise : kInsidePromises) add(judged, promise, inside, true);
  add(judged, {kNamespaced, "scratch", scratch.c_str()}, inside, true);
  for (const auto& [name, value] : configured_promises(promised.tier, limits)) {
    add(judged, {kEvery, name.c_str(), value.c_str()}, inside, true);
  }
  for (const Promise& promise : kOutsidePromises) add(judged, promise, outside, false);
  const char* const identity = promised.own_ids ? "own" : "the service's";
  add(judged, {kNamespaced, "identity", identity}, outside, false);
  const std::string rights = as_status_has_it(zygote_capabilities());
  for (const char* name : {"zygote.CapPrm", "zygote.CapBnd"}) {
    add(judged, {kUidOnly, name, rights.c_str()}, outside, false);
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
