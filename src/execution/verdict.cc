#include "execution/verdict.h"

#include <signal.h>
#include <sys/wait.h>

#include <functional>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "contract/input_files.h"
#include "contract/json_check.h"
#include "contract/render.h"

namespace executor {
namespace {

// The kernel sends SIGXCPU by samples of the CPU time, and reports a more exact one.
constexpr std::chrono::milliseconds kSamplingError{500};

Outcome ended(Ending ending, std::string error, Evidence evidence = Evidence::kClaim) {
  Outcome outcome;
  outcome.ending = ending;
  outcome.error = std::move(error);
  outcome.ran = true;
  outcome.evidence = evidence;
  return outcome;
}

Outcome memory_limit(const RunLimits& limits, Evidence evidence) {
  return ended(Ending::kMemoryLimit, memory_limit_text(limits.memory), evidence);
}

Outcome output_limit(std::string_view stream, const RunLimits& limits) {
  return ended(Ending::kOutputLimit, output_limit_text(stream, limits.output), Evidence::kOutput);
}

// The run is not to blame, and what it has written is not answered.
Outcome no_memory_for_its_output() {
  Outcome outcome;
  outcome.ending = Ending::kOverloaded;
  outcome.error = capacity_text();
  return outcome;
}

Outcome judge_cut(Cut cut, const RunLimits& limits) {
  switch (cut) {
    case Cut::kClient:
      return ended(Ending::kCancelled, {}, Evidence::kClient);
    case Cut::kShutdown:
      return ended(Ending::kShuttingDown, shutting_down_text(true), Evidence::kShutdown);
    case Cut::kDeadline:
      return ended(Ending::kTimeout, timeout_text(), Evidence::kDeadline);
    case Cut::kStdout:
      return output_limit("stdout", limits);
    case Cut::kStderr:
      return output_limit("stderr", limits);
    case Cut::kMemory:
      return memory_limit(limits, Evidence::kWatch);
    case Cut::kZygoteMemory:
      return memory_limit(limits, Evidence::kZygote);
    case Cut::kZygoteFiles:
      return ended(Ending::kFileLimit, file_limit_text(), Evidence::kZygote);
    case Cut::kCapacity:
      return no_memory_for_its_output();
  }
  return ended(Ending::kInternal, internal_error_text(), Evidence::kNone);
}

Outcome returned(Dialect dialect, std::string result) {
  Outcome outcome = ended(Ending::kReturned, {});
  if (dialect == Dialect::kProgram) return outcome;
  if (!is_json(result)) {
    return ended(Ending::kInvalidResult,
                 "main() must return JSON-serializable data: result is not JSON");
  }
  outcome.result_json = std::move(result);
  return outcome;
}

Outcome killed_by(int signal, Evidence evidence) {
  Outcome outcome = ended(Ending::kCrashed, crashed_text(signal), evidence);
  outcome.usage.signal = signal;
  return outcome;
}

Outcome exited(Dialect dialect, int status, Evidence evidence) {
  Outcome outcome = ended(Ending::kExited, exited_text(dialect, status), evidence);
  outcome.usage.exit_code = status;
  return outcome;
}

Outcome missing_main(bool ran) {
  Outcome outcome = ended(Ending::kMissingMain, missing_main_text());
  outcome.ran = ran;
  return outcome;
}

// SIGXCPU at the soft limit of CPU time can be ignored; SIGKILL at the hard one cannot. A script
// can send itself either of them.
Outcome cpu_limit() {
  return ended(Ending::kTimeout, timeout_text(), Evidence::kCpuTime);
}

bool is_at_soft_cpu_limit(const Observed& seen, const RunLimits& limits) {
  return seen.exit && seen.exit->cpu + seen.used_before >= limits.cpu - kSamplingError;
}

// https://www.w3.org/TR/png/#5PNG-file-signature
bool is_png(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1A\n");
}

// The highest peak that was seen; none where nothing was counted.
std::optional<std::uint64_t> peak_of(const Observed& seen) {
  const auto process = seen.exit ? seen.exit->peak : std::nullopt;
  return std::max(process, seen.cgroup.peak);  // none is less than any
}

// A run can only be at its limit, never far above it, and need not be refused the very last page.
bool is_at_memory_limit(const Observed& seen, const RunLimits& limits) {
  return peak_of(seen) >= limits.memory - limits.memory / 10;
}

// The ending according to the claim, before its detail is added.
Outcome judge_kind(Dialect dialect, Claim& claim, const RunLimits& limits, bool at_memory_limit) {
  const auto text = [&claim] { return to_valid_utf8(claim.text); };
  switch (claim.kind) {
    case ClaimKind::kReturned:
      return returned(dialect, std::move(claim.text));
    case ClaimKind::kMissingMain:
      return missing_main(false);
    case ClaimKind::kNoCallableMain:
      return missing_main(true);
    case ClaimKind::kSyntaxError:
      return ended(Ending::kSyntaxError, text());
    case ClaimKind::kException:
      return ended(Ending::kException, text());
    case ClaimKind::kInvalidResult:
      return ended(Ending::kInvalidResult, text());
    case ClaimKind::kMemoryError:
      return memory_limit(limits, Evidence::kRefusal);
    case ClaimKind::kRaisedMemoryError:
      return at_memory_limit ? memory_limit(limits, Evidence::kPeakMemory)
                             : ended(Ending::kException, text());
    case ClaimKind::kFileError:
      return ended(Ending::kFileLimit, file_limit_text(), Evidence::kFull);
    case ClaimKind::kResultTooLarge:
      return ended(Ending::kOutputLimit, result_limit_text(limits.result));
    case ClaimKind::kSystemExit:
      return exited(dialect, claim.status, Evidence::kClaim);
    case ClaimKind::kSignaled:
      return killed_by(claim.status, Evidence::kClaim);
  }
  return ended(Ending::kInternal, internal_error_text());
}

Outcome judge_claim(Dialect dialect, Claim claim, const RunLimits& limits, bool at_memory_limit) {
  Outcome outcome = judge_kind(dialect, claim, limits, at_memory_limit);
  // Python ends by the signal that a KeyboardInterrupt stands for.
  const bool interrupted = claim.kind == ClaimKind::kException && claim.status == SIGINT;
  if (interrupted && dialect == Dialect::kProgram) outcome.usage.signal = SIGINT;
  outcome.err = to_valid_utf8(claim.detail);
  return outcome;
}

// The run is not to blame and can be repeated: nothing of it is left.
Outcome killed_for_the_machine() {
  return ended(Ending::kOverloaded, capacity_text(), Evidence::kMachine);
}

bool has_returned(const Observed& seen) {
  return seen.claim && seen.claim->kind == ClaimKind::kReturned;
}

bool claims_signal(const Observed& seen, int signal) {
  return seen.claim && seen.claim->kind == ClaimKind::kSignaled && seen.claim->status == signal;
}

int signal_of(const Exit& exit) {
  return WIFSIGNALED(exit.wait_status) ? WTERMSIG(exit.wait_status) : 0;
}

// SIGKILL has many senders: the kernel when memory is short, the kernel at the hard limit of CPU
// time, and the script itself, where the process is not its namespace's first one. An ending is
// attributed only to a cause for which there is evidence.
Outcome judge_first(Dialect dialect, Observed& seen, const RunLimits& limits) {
  const bool at_limit = is_at_memory_limit(seen, limits);
  if (seen.cut) return judge_cut(*seen.cut, limits);
  if (seen.cgroup.killed && seen.cgroup.at_limit && !has_returned(seen)) {
    return memory_limit(limits, Evidence::kCgroup);
  }
  if (claims_signal(seen, SIGXCPU) && is_at_soft_cpu_limit(seen, limits)) return cpu_limit();
  if (seen.claim) return judge_claim(dialect, std::move(*seen.claim), limits, at_limit);
  if (!seen.exit) return ended(Ending::kInternal, "the worker vanished", Evidence::kNone);
  const int signal = signal_of(*seen.exit);
  if (signal == 0)
    return exited(dialect, WEXITSTATUS(seen.exit->wait_status), Evidence::kWaitStatus);
  if (signal == SIGXCPU && is_at_soft_cpu_limit(seen, limits)) return cpu_limit();
  if (signal != SIGKILL) return killed_by(signal, Evidence::kWaitStatus);
  if (seen.cgroup.killed) return killed_for_the_machine();
  if (seen.machine_killed && at_limit) return memory_limit(limits, Evidence::kPeakMemory);
  if (seen.exit->cpu >= limits.cpu) return cpu_limit();
  if (seen.machine_killed) return killed_for_the_machine();
  return killed_by(signal, Evidence::kWaitStatus);
}

// What `python3 script.py` would have exited with.
void add_exit_code(Outcome& outcome) {
  if (outcome.ending == Ending::kReturned) outcome.usage.exit_code = 0;
  if (outcome.ending == Ending::kException && !outcome.usage.signal) outcome.usage.exit_code = 1;
  if (outcome.ending == Ending::kSyntaxError) outcome.usage.exit_code = 1;
}

}  // namespace

RunLimits lowered(RunLimits limits, const LowerLimits& asked) {
  auto cpu = static_cast<std::uint64_t>(limits.cpu.count());
  lower(limits.output, asked.output);
  lower(limits.result, asked.result);
  lower(limits.memory, asked.memory);
  lower(cpu, asked.cpu_seconds);
  limits.cpu = std::chrono::seconds(cpu);
  return limits;
}

Outcome judge(Dialect dialect, Observed seen, const RunLimits& limits) {
  Outcome outcome = judge_first(dialect, seen, limits);
  if (dialect == Dialect::kProgram && seen.claim) add_exit_code(outcome);
  outcome.usage.peak_memory = peak_of(seen);
  if (seen.exit) outcome.usage.cpu_seconds = std::chrono::duration<double>(seen.exit->cpu).count();
  return outcome;
}

bool is_settled(const Observed& seen) {
  return seen.cut || has_returned(seen);
}

bool needs_exit(const Observed& seen) {
  if (seen.cut) return false;
  return !seen.claim || seen.claim->kind == ClaimKind::kRaisedMemoryError ||
         claims_signal(seen, SIGXCPU);
}

std::vector<std::string> judge_images(const std::vector<Attachment>& attachments) {
  std::vector<std::string> images;
  for (const Attachment& attachment : attachments) {
    if (attachment.kind == AttachmentKind::kImage && is_png(attachment.bytes)) {
      images.push_back(attachment.bytes);
    }
  }
  return images;
}

std::vector<Attachment> judge_files(std::vector<Attachment> attachments) {
  std::vector<Attachment> files;
  std::set<std::string, std::less<>> paths;
  for (Attachment& attachment : attachments) {
    const bool omitted = attachment.kind == AttachmentKind::kOmittedFile;
    if (attachment.kind != AttachmentKind::kFile && !omitted) continue;
    if (!is_valid_utf8(attachment.name)) {
      attachment = {AttachmentKind::kOmittedFile, to_valid_utf8(attachment.name),
                    "the name is not UTF-8"};
    }
    if (attachment.kind == AttachmentKind::kFile && !path_fault(attachment.name).empty()) continue;
    if (!paths.insert(attachment.name).second) continue;
    if (omitted) attachment.bytes = to_valid_utf8(attachment.bytes);
    files.push_back(std::move(attachment));
  }
  return files;
}

std::string judge_last_value(const std::vector<Attachment>& attachments) {
  for (const Attachment& attachment : attachments) {
    if (attachment.kind == AttachmentKind::kLastValue) {
      return render_text(to_valid_utf8(attachment.bytes));
    }
  }
  return "null";
}

}  // namespace executor
