#include "execution/hints.h"

#include <signal.h>

#include <algorithm>

#include "base/utf8.h"
#include "contract/decimal.h"

namespace executor {
namespace {

// As harness/harness_hints.py has them: what stands for a sentence that is here.
constexpr std::string_view kProcesses = "processes";
constexpr std::string_view kOpenFiles = "open_files";
constexpr std::string_view kFigures = "figures";

std::string seconds_text(double seconds) {
  constexpr double kMillisecond = 0.001;
  return decimal(seconds, seconds < kMillisecond ? 9 : 3) + " s";
}

// The worker's own, in which a word stands for a limit.
std::string claimed(const std::string& hint, const SandboxLimits& limits) {
  if (hint == kProcesses) {
    if (limits.processes == 1) return "A run may have one process, and no thread besides";
    return "A run may have up to " + std::to_string(limits.processes) +
           " processes and threads at once, and memory for the stack of each";
  }
  if (hint == kOpenFiles) {
    return "A process may have up to " + std::to_string(limits.open_files) + " files open";
  }
  return hint == kFigures ? "" : hint;
}

std::string of_returned(const Outcome& outcome) {
  const bool wants_plots = outcome.images.has_value() || outcome.files.has_value();
  if (outcome.hint != kFigures || wants_plots) return {};
  return "Send 'images': true to get the figures that the script leaves open, or name the files "
         "that it saves in 'outputs'";
}

std::string of_missing_main(const Outcome& outcome) {
  if (!outcome.ran) {
    return "Send a program without main() in 'code'; a script defines main() at its top level";
  }
  return "Define main() as a function of the script itself, or send a program in 'code'";
}

std::string of_timeout(const Outcome& outcome, const HintFacts& facts) {
  if (outcome.evidence == Evidence::kCpuTime) {
    return "A process may use up to " + std::to_string(facts.run.cpu.count()) + " s of CPU time";
  }
  const std::string had = "The run had " + seconds_text(facts.timeout.count());
  if (facts.timeout >= facts.max_timeout) return had + ", the most that 'timeout' may ask for";
  return had + "; 'timeout' may ask for up to " + seconds_text(facts.max_timeout.count());
}

// A result that is too large is the worker's word, output is seen.
std::string of_output(const Outcome& outcome, const RunLimits& limits) {
  if (outcome.evidence != Evidence::kOutput) {
    return "A result and what comes with it may have up to " + megabytes(limits.result);
  }
  return "A run may print up to " + megabytes(limits.output) +
         " to each of stdout and stderr; with 'on_output_limit': 'truncate' it continues, and the "
         "two ends of its output are kept";
}

std::string of_exit(const Outcome& outcome, const HintFacts& facts) {
  if (facts.dialect == Dialect::kProgram) return claimed(outcome.hint, facts.sandbox);
  return "main() gives its result with 'return'; a program that ends by itself goes into 'code'";
}

// A signal that the script has sent itself is claimed; the kernel's needs no claim.
std::string of_crash(const Outcome& outcome) {
  if (outcome.usage.signal != SIGSEGV || outcome.evidence != Evidence::kWaitStatus) return {};
  return "C code has crashed; a deep recursion needs a thread with a larger stack, see "
         "threading.stack_size()";
}

}  // namespace

std::string judge_hint(const std::vector<Attachment>& attachments) {
  const auto is_hint = [](const Attachment& attachment) {
    return attachment.kind == AttachmentKind::kHint;
  };
  const auto found = std::find_if(attachments.begin(), attachments.end(), is_hint);
  if (found == attachments.end()) return {};
  // The cut may be in a character, which then is replaced by a longer one.
  std::string line(cut_utf8(to_valid_utf8(found->bytes.substr(0, kMaxHint)), kMaxHint));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; };
  std::replace_if(line.begin(), line.end(), is_control, ' ');
  return line;
}

std::string hint_of(const Outcome& outcome, const HintFacts& facts) {
  switch (outcome.ending) {
    case Ending::kReturned:
      return of_returned(outcome);
    case Ending::kMissingMain:
      return of_missing_main(outcome);
    case Ending::kSyntaxError:
    case Ending::kException:
    case Ending::kInvalidResult:
      return claimed(outcome.hint, facts.sandbox);
    case Ending::kExited:
      return of_exit(outcome, facts);
    case Ending::kTimeout:
      return of_timeout(outcome, facts);
    case Ending::kMemoryLimit:
      return "The processes of a run share " + megabytes(facts.run.memory) + " of memory";
    case Ending::kFileLimit:
      return "A file may have up to " + megabytes(facts.sandbox.file_size) +
             ", and all of a run together " + megabytes(facts.sandbox.scratch) + " in " +
             std::to_string(facts.sandbox.scratch_inodes) + " files";
    case Ending::kOutputLimit:
      return of_output(outcome, facts.run);
    case Ending::kCrashed:
      return of_crash(outcome);
    case Ending::kBadRequest:
    case Ending::kOverloaded:
    case Ending::kShuttingDown:
    case Ending::kInternal:
    case Ending::kCancelled:
      return {};
  }
  return {};
}

}  // namespace executor
