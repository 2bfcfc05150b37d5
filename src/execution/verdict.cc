#include "execution/verdict.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cctype>

#include "base/utf8.h"
#include "contract/json_check.h"

namespace executor {
namespace {

Outcome ended(Ending ending, std::string error) {
  Outcome outcome;
  outcome.ending = ending;
  outcome.error = std::move(error);
  outcome.ran = true;
  return outcome;
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

// SIGXCPU is the soft limit of CPU time.
Outcome killed_by(int signal) {
  if (signal == SIGXCPU) return ended(Ending::kTimeout, timeout_text());
  return ended(Ending::kCrashed, crashed_text(signal));
}

Outcome missing_main(bool ran) {
  Outcome outcome = ended(Ending::kMissingMain, missing_main_text());
  outcome.ran = ran;
  return outcome;
}

// In base64: 89 50 4E 47 0D 0A 1A 0A at the front, and none but its characters.
bool is_png(std::string_view base64) {
  const auto is_padding = [](char c) { return c == '='; };
  const auto ends = std::find_if(base64.begin(), base64.end(), is_padding);
  const auto is_digit = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '/';
  };
  return base64.starts_with("iVBORw0KGgo") && base64.size() % 4 == 0 && base64.end() - ends <= 2 &&
         std::all_of(base64.begin(), ends, is_digit) && std::all_of(ends, base64.end(), is_padding);
}

// How the claim words the end, before its detail is added.
Outcome judge_kind(Dialect dialect, Claim& claim, const RunLimits& limits) {
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
      return ended(Ending::kMemoryLimit, memory_limit_text(limits.memory));
    case ClaimKind::kFileError:
      return ended(Ending::kFileLimit, file_limit_text());
    case ClaimKind::kResultTooLarge:
      return ended(Ending::kOutputLimit, result_limit_text(limits.result));
    case ClaimKind::kSystemExit:
      return ended(Ending::kExited, exited_text(dialect, claim.status));
    case ClaimKind::kSignaled:
      return killed_by(claim.status);
  }
  return ended(Ending::kInternal, internal_error_text());
}

}  // namespace

Outcome judge_claim(Dialect dialect, Claim claim, const RunLimits& limits) {
  Outcome outcome = judge_kind(dialect, claim, limits);
  outcome.err = to_valid_utf8(claim.detail);
  return outcome;
}

std::vector<std::string> judge_images(std::string_view images) {
  std::vector<std::string> found;
  while (!images.empty()) {
    const std::string_view line = images.substr(0, images.find('\n'));
    if (is_png(line)) found.emplace_back(line);
    images.remove_prefix(std::min(line.size() + 1, images.size()));
  }
  return found;
}

Outcome judge_out_of_memory(const RunLimits& limits) {
  return ended(Ending::kMemoryLimit, memory_limit_text(limits.memory));
}

// SIGKILL has many senders: the kernel for want of memory, the kernel at the hard limit of CPU time
// (SIGXCPU at the soft one can be ignored), whoever may signal the process, where it is not its
// namespace's first one the script itself. Only for what there is evidence of is it blamed on that.
Outcome judge_exit(Dialect dialect, std::optional<Exit> exit, const RunLimits& limits,
                   bool out_of_memory) {
  if (!exit) return ended(Ending::kInternal, "the worker vanished");
  if (!WIFSIGNALED(exit->wait_status)) {
    return ended(Ending::kExited, exited_text(dialect, WEXITSTATUS(exit->wait_status)));
  }
  const int signal = WTERMSIG(exit->wait_status);
  if (signal == SIGKILL && out_of_memory) return judge_out_of_memory(limits);
  if (signal == SIGKILL && exit->cpu >= limits.cpu) return killed_by(SIGXCPU);
  return killed_by(signal);
}

}  // namespace executor
