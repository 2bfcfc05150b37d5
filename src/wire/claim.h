// What a worker says about the job that it ran. A claim, not an observation: the script shares the
// worker's process, so the responder checks it and what the kernel says outranks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace executor {

enum class ClaimKind : std::uint8_t {
  kReturned = 0,        // text: the result as JSON (function), or empty (program)
  kMissingMain = 1,     // nothing ran: the script cannot bind main
  kNoCallableMain = 2,  // it ran, and main is not there or not callable
  kSyntaxError = 3,     // text: "SyntaxError: invalid syntax (line 1)"; detail: the caret report
  kException = 4,       // text: "NameError: ..."; detail: the traceback
  kInvalidResult = 5,   // text: "main() must return JSON-serializable data: result is a set"
  kMemoryError = 6,     // uncaught MemoryError that the script did not raise; detail: the traceback
  kFileError = 7,  // uncaught EFBIG, ENOSPC or EDQUOT of a full file or scratch space; the same
  kResultTooLarge = 8,  // the result is larger than its limit
  kSystemExit = 9,      // program dialect: SystemExit; status is the exit status
  kSignaled = 10,       // a signal whose default action would have ended it; status is its number
  kRaisedMemoryError = 11,  // as kException: a MemoryError that the script itself raised
};
inline constexpr std::uint8_t kLastClaimKind = 11;

// What a worker gives back besides the result.
enum class AttachmentKind : std::uint8_t {
  kImage = 0,        // bytes: a PNG; no name
  kLastValue = 1,    // bytes: the repr() of the last statement's value; no name
  kFile = 2,         // name: its path below the working directory; bytes: its content
  kOmittedFile = 3,  // name: its path; bytes: why it is not there
  kHint = 4,         // bytes: what to do, or a word for it (execution/hints.h); no name
};
inline constexpr std::uint8_t kLastAttachmentKind = 4;
// More are not accepted from a worker.
inline constexpr std::size_t kMaxAttachments = 4096;

struct Attachment {
  AttachmentKind kind = AttachmentKind::kImage;
  std::string name{};
  std::string bytes{};

  bool operator==(const Attachment&) const = default;
};

struct Claim {
  ClaimKind kind = ClaimKind::kReturned;
  std::int32_t status = 0;
  std::string text;
  std::string detail;
  std::vector<Attachment> attachments{};
};

}  // namespace executor
