// The tables of the contract. No switch here has a default: an ending that is added to the list and
// misses a table is a compiler warning, and warnings are errors.
#include "contract/outcome.h"

#include <cstring>

#include "contract/decimal.h"

namespace executor {

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

std::string_view name_of(Evidence evidence) {
  switch (evidence) {
    case Evidence::kNone:
      return "";
    case Evidence::kClaim:
      return "claim";
    case Evidence::kRefusal:
      return "refused_memory";
    case Evidence::kFull:
      return "full_scratch";
    case Evidence::kPeakMemory:
      return "peak_memory";
    case Evidence::kCgroup:
      return "cgroup";
    case Evidence::kWatch:
      return "watch";
    case Evidence::kZygote:
      return "zygote";
    case Evidence::kCpuTime:
      return "cpu_time";
    case Evidence::kOutput:
      return "output";
    case Evidence::kWaitStatus:
      return "wait_status";
    case Evidence::kDeadline:
      return "deadline";
    case Evidence::kClient:
      return "client";
    case Evidence::kShutdown:
      return "shutdown";
    case Evidence::kMachine:
      return "machine_memory";
  }
  return "";
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
      return 499;  // what nginx logs for a client that went away; it is never sent
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

std::string shutting_down_text(bool ran) {
  return std::string("Server is shutting down; the script ") +
         (ran ? "was stopped" : "has not run");
}

std::string internal_error_text() {
  return "Internal error";
}

std::size_t content_size(const Outcome& outcome) {
  std::size_t size = outcome.error.size() + outcome.result_json.size() + outcome.out.size() +
                     outcome.err.size() + outcome.last_value_json.size();
  if (outcome.images) {
    for (const std::string& image : *outcome.images) size += image.size();
  }
  if (outcome.files) {
    for (const Attachment& file : *outcome.files) size += file.name.size() + file.bytes.size();
  }
  return size;
}

void drop_contents(Outcome& outcome) {
  for (std::string* text :
       {&outcome.result_json, &outcome.out, &outcome.err, &outcome.last_value_json}) {
    *text = std::string();
  }
  outcome.images.reset();
  outcome.files.reset();
}

}  // namespace executor
