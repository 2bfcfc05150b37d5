// Every way in which a request can end: a closed list, the HTTP contract's text for each, and the
// status code that each is answered with. Pure values; knows nothing of processes or
// HTTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/claim.h"
#include "wire/dialect.h"

namespace executor {

enum class Ending : std::uint8_t {
  kReturned,       // main() returned a value (function), or the program ended normally (program)
  kBadRequest,     // refused before anything ran
  kMissingMain,    // nothing callable named main
  kSyntaxError,    // did not compile
  kException,      // uncaught exception; in the function dialect SystemExit counts here
  kInvalidResult,  // main() returned something that is not JSON
  kExited,         // the process exited with a status of its own
  kTimeout,        // wall-clock or CPU time used up
  kMemoryLimit,    // it was refused memory and did not catch that, or was killed for memory
  kFileLimit,      // uncaught EFBIG, ENOSPC or EDQUOT of a full file or scratch space
  kOutputLimit,    // more stdout, stderr or result than allowed
  kCrashed,        // killed by a signal that the service did not send
  kOverloaded,     // no capacity within the wait limit, or the machine had no memory left
  kShuttingDown,   // the service is draining
  kInternal,       // the service's own fault
  kCancelled,      // the client went away; never rendered
};

// The evidence for an ending, named after its source. All but the last few are about the run alone.
enum class Evidence : std::uint8_t {
  kNone,        // nothing ran
  kClaim,       // the worker's own word, which its script may have forged
  kRefusal,     // also the worker's word: the kernel refused memory to the script
  kFull,        // also the worker's word: the scratch space, or a file, was full
  kPeakMemory,  // the run's peak, as the kernel counted it, was at its limit
  kCgroup,      // the kernel killed because the run's cgroup was at its limit
  kWatch,       // the service summed up more than the limit
  kZygote,      // the zygote summed up more than the limit, in the tier uid
  kCpuTime,     // the signal of the limit on CPU time
  kOutput,      // more was read than may be written
  kWaitStatus,  // how the process ended
  kDeadline,    // the wall-clock limit had passed
  kClient,      // the client had closed its connection
  kShutdown,    // the service was being stopped
  kMachine,     // the machine had no memory left, and the run held little of it
};
inline constexpr Evidence kLastEvidence = Evidence::kMachine;
// As logs, metrics and answers name it: "cgroup"; "" for kNone.
std::string_view name_of(Evidence evidence);

// What a run has used, as far as it is known.
struct Usage {
  std::optional<double> cpu_seconds{};         // of all its processes
  std::optional<std::uint64_t> peak_memory{};  // bytes, beyond what an idle interpreter holds
  std::optional<int> exit_code{}, signal{};    // of its first process; not if the service ended it
};

// Everything that the answer to one request is made of.
struct Outcome {
  Ending ending = Ending::kInternal;
  std::string error;        // the contract's text; empty after kReturned
  std::string result_json;  // function dialect after kReturned: valid JSON text, UTF-8
  std::string out;          // what was written to descriptor 1, valid UTF-8
  std::string err;          // what was written to descriptor 2 plus the traceback, valid UTF-8
  // The figures that the script left open, PNGs; nothing unless they were asked for.
  std::optional<std::vector<std::string>> images;
  // The repr() of a program's last value, JSON text: a string or null; empty unless asked for.
  std::string last_value_json{};
  // Files, and those that were omitted; nothing unless they were asked for.
  std::optional<std::vector<Attachment>> files{};
  std::vector<std::string> truncated{};  // the streams of which only the ends are in the above
  std::string detail{};                  // which of the causes of `error`, and where; may be empty
  std::string hint{};                    // what to do, one sentence; may be empty
  std::vector<std::string> warnings{};   // what of the request is ignored
  bool ran = false;        // whether any of the user's code was compiled or run: decides whether
                           // stdout and stderr are part of a function dialect error
  double run_seconds = 0;  // wall time of the run
  Evidence evidence = Evidence::kNone;
  Usage usage{};
  bool show_usage = false;  // whether the answer includes the usage
};

// Bytes of what a run has written and returned in it.
std::size_t content_size(const Outcome& outcome);
// Takes all that out of it, once it has been answered.
void drop_contents(Outcome& outcome);

// The contract's `error_type`, for example "missing_main"; "" for kReturned and kCancelled.
std::string_view error_type(Ending ending);

// The HTTP status of a function dialect answer, and of either dialect when nothing ran.
int http_status(Ending ending);

// The contract's error texts. Sizes are in bytes and are shown in MB (1 MB = 1048576 bytes; a
// fraction is shown when it is not whole).
std::string missing_main_text();
std::string timeout_text();
std::string memory_limit_text(std::uint64_t limit_bytes);
std::string file_limit_text();
// `what` is "stdout" or "stderr".
std::string output_limit_text(std::string_view what, std::uint64_t limit_bytes);
std::string result_limit_text(std::uint64_t limit_bytes);
// "Script exited with status 3 before main() returned"; the program dialect leaves out the second
// half.
std::string exited_text(Dialect dialect, int status);
// "Script was killed by signal 11 (SIGSEGV)".
std::string crashed_text(int signal);
// For kOverloaded.
std::string capacity_text();
// For kShuttingDown; `ran` is whether any of the script may have run.
std::string shutting_down_text(bool ran);
std::string internal_error_text();

}  // namespace executor
