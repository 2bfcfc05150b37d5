// Derives how a run ended from what was observed and what was claimed. Pure functions.
//
// What is observed is about this run: what the service did to it, what the kernel counted of it and
// how its process ended. What the machine did as a whole explains an ending and blames no run.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/outcome.h"
#include "resources/cgroup_memory.h"
#include "wire/claim.h"
#include "wire/lower_limits.h"

namespace executor {

// How a worker's process ended, as wait4(2) has it.
struct Exit {
  int wait_status = 0;
  std::chrono::microseconds cpu{0};     // its own and its children's
  std::optional<std::uint64_t> peak{};  // bytes, of its largest process, beyond an idle worker's
};

struct RunLimits {
  std::uint64_t output = 1ULL << 20;    // bytes of stdout, and of stderr
  std::uint64_t result = 8ULL << 20;    // bytes of the result as JSON
  std::uint64_t memory = 512ULL << 20;  // bytes, of the run as a whole
  std::chrono::seconds cpu{60};         // of one process
};

// What holds for a run that asks for `asked`.
RunLimits lowered(RunLimits limits, const LowerLimits& asked);

// Why the service ended a run.
enum class Cut : std::uint8_t {
  kClient,        // it has closed its connection
  kShutdown,      // the service is being stopped
  kDeadline,      // the job's timeout has passed
  kStdout,        // too much was written to it
  kStderr,        // too much was written to it
  kMemory,        // the service's watch summed up too much
  kZygoteMemory,  // the zygote's watch summed up too much (tier uid)
  kZygoteFiles,   // the same for files
  kCapacity,      // there is no memory left to read what it says
};

// Everything that is known about one run.
struct Observed {
  std::optional<Cut> cut{};
  CgroupMemory cgroup{};        // default where the run has no cgroup
  bool machine_killed = false;  // the kernel has killed for memory, on the whole machine
  std::optional<Claim> claim{};
  std::optional<Exit> exit{};
  // CPU time of the worker before the run, which the limit counts and `exit` does not.
  std::chrono::microseconds used_before{0};
};

// How the run ended, and the evidence of it. The precedence is the order of the function's lines.
// The claim's text is untrusted: what is not UTF-8 or not JSON does not get through. Leaves `out`
// empty; `err` is what the claim adds to stderr.
Outcome judge(Dialect dialect, Observed seen, const RunLimits& limits);

// Whether no further observation would change what judge() returns.
bool is_settled(const Observed& seen);
// Whether judge() needs to know how the process ended.
bool needs_exit(const Observed& seen);

// The images among a claim's attachments that are PNGs; others are left out.
std::vector<std::string> judge_images(const std::vector<Attachment>& attachments);

// The files among a claim's attachments, and those that were omitted. A path that no file of a run
// may have, or that was there before, is left out: clients write files to these paths.
std::vector<Attachment> judge_files(std::vector<Attachment> attachments);

// The last value among a claim's attachments as JSON text, null when there is none.
std::string judge_last_value(const std::vector<Attachment>& attachments);

}  // namespace executor
