// What a worker says of the job that it ran. A claim, not an observation: the script shares the
// worker's process, so the responder checks it and what the kernel says outranks it.
#pragma once

#include <cstdint>
#include <string>

namespace executor {

enum class ClaimKind : std::uint8_t {
  kReturned = 0,        // text: the result as JSON (function), or empty (program)
  kMissingMain = 1,     // nothing ran: the script cannot bind main
  kNoCallableMain = 2,  // it ran, and main is not there or not callable
  kSyntaxError = 3,     // text: "SyntaxError: invalid syntax (line 1)"; detail: the caret report
  kException = 4,       // text: "NameError: ..."; detail: the traceback
  kInvalidResult = 5,   // text: "main() must return JSON-serializable data: result is a set"
  kMemoryError = 6,     // uncaught MemoryError; detail: the traceback
  kFileError = 7,       // uncaught OSError with EFBIG, ENOSPC or EDQUOT; detail: the traceback
  kResultTooLarge = 8,  // the result is larger than its limit
  kSystemExit = 9,      // program dialect: SystemExit; status is the exit status
  kSignaled = 10,       // a signal whose default action would have ended it; status is its number
};
inline constexpr std::uint8_t kLastClaimKind = 10;

struct Claim {
  ClaimKind kind = ClaimKind::kReturned;
  std::int32_t status = 0;
  std::string text;
  std::string detail;
  std::string images{};  // PNGs in base64, one a line
};

}  // namespace executor
