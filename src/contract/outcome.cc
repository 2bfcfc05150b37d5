// The tables of the contract. No switch here has a default: an ending that is added to the list and
// misses a table is a compiler warning, and warnings are errors.
#include "contract/outcome.h"

#include <cstring>

#include "contract/decimal.h"

namespace executor {
namespace {

std::string megabytes(std::uint64_t bytes) {
  constexpr double kBytesPerMegabyte = 1048576;
  return decimal(static_cast<double>(bytes) / kBytesPerMegabyte, 4) + " MB";
}

}  // namespace

std::string_view error_type(Ending ending) {
  switch (ending) {
    case Ending::kReturned:
      return "";
    case Ending::kBadRequest:
      return "bad_request";
    case Ending::kMissingMain:
      return "missing_main";
    case Ending::kSyntaxError:
      return "syntax_error";
    case Ending::kException:
      return "exception";
    case Ending::kInvalidResult:
      return "invalid_result";
    case Ending::kExited:
      return "exited";
    case Ending::kTimeout:
      return "timeout";
    case Ending::kMemoryLimit:
      return "memory_limit";
    case Ending::kFileLimit:
      return "file_limit";
    case Ending::kOutputLimit:
      return "output_limit";
    case Ending::kCrashed:
      return "crashed";
    case Ending::kOverloaded:
      return "overloaded";
    case Ending::kShuttingDown:
      return "shutting_down";
    case Ending::kInternal:
      return "internal";
    case Ending::kCancelled:
      return "";
  }
  return "internal";
}

int http_status(Ending ending) {
  switch (ending) {
    case Ending::kReturned:
      return 200;
    case Ending::kBadRequest:
    case Ending::kMissingMain:
    case Ending::kSyntaxError:
    case Ending::kException:
    case Ending::kInvalidResult:
    case Ending::kExited:
      return 400;
    case Ending::kTimeout:
    case Ending::kMemoryLimit:
    case Ending::kFileLimit:
    case Ending::kOutputLimit:
    case Ending::kCrashed:
    case Ending::kInternal:
      return 500;
    case Ending::kOverloaded:
    case Ending::kShuttingDown:
      return 503;
    case Ending::kCancelled:
      return 499;  // nginx's word in its log for a client that went away; nobody receives it
  }
  return 500;
}

std::string missing_main_text() {
  return "Script must contain a main() function";
}

std::string timeout_text() {
  return "Script execution timed out";
}

std::string memory_limit_text(std::uint64_t limit_bytes) {
  return "Script exceeded the memory limit of " + megabytes(limit_bytes);
}

std::string file_limit_text() {
  return "Script exceeded the file size limit";
}

std::string output_limit_text(std::string_view what, std::uint64_t limit_bytes) {
  return "Script wrote more than " + megabytes(limit_bytes) + " to " + std::string(what);
}

std::string result_limit_text(std::uint64_t limit_bytes) {
  return "Script returned more than " + megabytes(limit_bytes);
}

std::string exited_text(Dialect dialect, int status) {
  std::string text = "Script exited with status " + std::to_string(status);
  switch (dialect) {
    case Dialect::kFunction:
      return text + " before main() returned";
    case Dialect::kProgram:
      return text;
  }
  return text;
}

std::string crashed_text(int signal) {
  std::string text = "Script was killed by signal " + std::to_string(signal);
  const char* name = ::sigabbrev_np(signal);  // null for real-time signals and for none at all
  return name == nullptr ? text : text + " (SIG" + name + ")";
}

std::string capacity_text() {
  return "Server is at capacity";
}

std::string internal_error_text() {
  return "Internal error";
}

}  // namespace executor
