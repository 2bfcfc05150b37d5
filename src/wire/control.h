// What the responder and a zygote say to each other on the control socket. The zygote never sees a
// byte of any job: jobs travel on a socket of their own for each worker (wire/job.h).
//
//   responder → zygote:  Setup (once, first; in the tier uid the launcher gives it, wire/launch.h),
//                        GivenIds (after NeedsIds), Spawn
//   zygote → responder:  NeedsIds (at most once, before Ready), Ready (once), Worker (with
//                        descriptors), Exited, Failed
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/limits.h"
#include "wire/tier.h"

namespace executor {

// User ids from the first to the last, both included.
struct UidRange {
  std::uint32_t first = 20'000;
  std::uint32_t last = 29'999;
};

// Everything that a zygote receives before it starts Python.
struct Setup {
  Tier tier = Tier::kFull;
  SandboxLimits limits;
  UidRange uids;                     // in the tier uid: the range of the workers' ids
  bool own_ids = false;              // in the others: each run has a host user id of its own
  std::vector<std::string> preload;  // modules to import before the first worker
  std::vector<std::string> expose;   // absolute paths that scripts see, read-only
  std::vector<std::string> path;     // entries put in front of sys.path (a venv's site-packages)
  std::string python = "/usr/bin/python3";  // sys.executable
  std::string warm_up;  // a script in the function dialect that idle workers run on request
};

// The answer to NeedsIds: the ids from kFirstRunId on (wire/ids.h) are in the maps of the zygote's
// user namespace, one for each worker that may be alive at once. 0: no such ids, and the zygote
// maps its own.
struct GivenIds {
  std::uint32_t count = 0;
};

// With as many descriptors as workers, each worker starts in the cgroup (v2) of one directory; with
// no descriptors, in the zygote's. The answers, WorkerStarted or ZygoteFailed, come in the order of
// the workers.
struct Spawn {
  std::uint32_t count = 1;  // workers to start
};

// The zygote, whose pidfd is attached, has made its user namespace, and waits for what only a
// privileged program outside may write: the maps of its ids.
struct NeedsIds {};

struct Ready {
  std::string python_version;  // "3.11.2"
};

// A new worker. Descriptors: its job socket, the read ends of its stdout and stderr, its pidfd, and
// in the tier uid its lifeline (wire/lifeline.h).
struct WorkerStarted {
  std::uint64_t id = 0;  // never used twice by one zygote
};
constexpr std::size_t worker_fds(Tier tier) {
  return traits_of(tier).launcher ? 5 : 4;
}

// A worker and everything that it started are gone.
struct WorkerExited {
  std::uint64_t id = 0;
  std::int32_t wait_status = 0;  // as wait4(2) gives it
  std::uint64_t user_microseconds = 0;
  std::uint64_t system_microseconds = 0;
  std::uint64_t max_rss_kilobytes = 0;  // of its largest process
  std::uint64_t page_faults = 0;        // without those that read from a disk
};

// A step of the zygote that failed: its start (before Ready), or one spawn (after).
struct ZygoteFailed {
  std::string text;
  std::int32_t error = 0;  // errno, or 0 where the kernel had no part in it
};

using ToZygote = std::variant<Setup, GivenIds, Spawn>;
using FromZygote = std::variant<NeedsIds, Ready, WorkerStarted, WorkerExited, ZygoteFailed>;

std::string encode(const ToZygote& message);
std::string encode(const FromZygote& message);

// An empty optional means that the bytes are not a whole message.
std::optional<ToZygote> decode_to_zygote(std::string_view bytes);
std::optional<FromZygote> decode_from_zygote(std::string_view bytes);
// The only message to a running zygote: of a fixed size, because a zygote that is root parses it.
// Also empty when it asks for more than kMaxSpawned.
inline constexpr std::uint32_t kMaxSpawned = 1 << 14;
std::optional<Spawn> decode_spawn(std::string_view bytes);

}  // namespace executor
