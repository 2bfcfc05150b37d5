// Every way in which a request can end: a closed list, the words that the HTTP contract has for
// each and the status code that each is answered with. Pure values; knows nothing of processes or
// HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace executor {

// How the program was sent: `script` defines main(); `code` runs as __main__.
enum class Dialect : std::uint8_t { kFunction, kProgram };

enum class Ending : std::uint8_t {
  kReturned,       // main() returned a value (function), or the program ended normally (program)
  kBadRequest,     // refused before anything ran
  kMissingMain,    // nothing callable named main
  kSyntaxError,    // did not compile
  kException,      // uncaught exception; in the function dialect SystemExit counts here
  kInvalidResult,  // main() returned something that is not JSON
  kExited,         // the process ended by itself with a status
  kTimeout,        // wall-clock or CPU time used up
  kMemoryLimit,    // uncaught MemoryError, or killed for memory
  kFileLimit,      // uncaught EFBIG, ENOSPC or EDQUOT
  kOutputLimit,    // more stdout, stderr or result than allowed
  kCrashed,        // killed by a signal that the service did not send
  kOverloaded,     // no capacity within the wait limit
  kShuttingDown,   // the service is draining
  kInternal,       // the service's own fault
  kCancelled,      // the client went away; never rendered
};

// Everything that the answer to one request is made of.
struct Outcome {
  Ending ending = Ending::kInternal;
  std::string error;        // the contract's text; empty after kReturned
  std::string result_json;  // function dialect after kReturned: valid JSON text, UTF-8
  std::string out;          // what was written to descriptor 1, valid UTF-8
  std::string err;          // what was written to descriptor 2 plus the traceback, valid UTF-8
  // The plots that the script left open, PNGs in base64; nothing unless they were asked for.
  std::optional<std::vector<std::string>> images;
  bool ran = false;        // whether any of the user's code was compiled or run: decides whether
                           // stdout and stderr are part of a function dialect error
  double run_seconds = 0;  // wall time of the run
};

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
// For kOverloaded and kShuttingDown.
std::string capacity_text();
std::string internal_error_text();

}  // namespace executor
