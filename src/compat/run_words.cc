#include "compat/run_words.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "contract/decimal.h"
#include "contract/json_text.h"
#include "contract/lower_limits.h"
#include "contract/request.h"

namespace executor {
namespace {

// The number behind a word in one of the contract's texts: "Script exited with status 3".
int number_after(std::string_view text, std::string_view word, int otherwise) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return otherwise;
  text.remove_prefix(at + word.size());
  int number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

ExitWords exit_words(const Outcome& outcome) {
  switch (outcome.ending) {
    case Ending::kReturned:
      return {0, {}};
    case Ending::kExited:
      return {number_after(outcome.error, "status ", 1), {}};
    case Ending::kCrashed:
      return {{}, number_after(outcome.error, "signal ", SIGKILL)};
    case Ending::kTimeout:
    case Ending::kMemoryLimit:
    case Ending::kOutputLimit:
      return {{}, SIGKILL};
    case Ending::kBadRequest:
    case Ending::kMissingMain:
    case Ending::kSyntaxError:
    case Ending::kException:
    case Ending::kInvalidResult:
    case Ending::kFileLimit:
    case Ending::kOverloaded:
    case Ending::kShuttingDown:
    case Ending::kInternal:
    case Ending::kCancelled:
      break;
  }
  return {1, {}};
}

bool has_exited_well(const Outcome& outcome) {
  return outcome.ending == Ending::kExited && outcome.usage.exit_code == 0;
}

Outcome as_returned(Outcome outcome) {
  outcome.ending = Ending::kReturned;
  outcome.error.clear();
  outcome.hint.clear();
  return outcome;
}

int shell_status(const Outcome& outcome) {
  constexpr int kKilled = 128;
  const ExitWords words = exit_words(outcome);
  return words.signal ? kKilled + *words.signal : words.code.value_or(1);
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return "SIG" + (name != nullptr ? std::string(name) : std::to_string(signal));
}

bool is_ours(Ending ending) {
  return ending == Ending::kOverloaded || ending == Ending::kShuttingDown ||
         ending == Ending::kInternal || ending == Ending::kCancelled;
}

// The error of a syntax error says the line, which a traceback has in another place.
bool is_error_in_stderr(const Outcome& outcome) {
  std::string_view error = outcome.error;
  const std::size_t line = error.rfind(" (line ");
  if (outcome.ending == Ending::kSyntaxError && error.ends_with(')')) error = error.substr(0, line);
  return outcome.err.find(error) != std::string::npos;
}

std::string stderr_with_error(const Outcome& outcome) {
  std::string text = outcome.err;
  if (is_error_in_stderr(outcome)) return text;
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text + outcome.error + "\n";
}

std::string refusal_text(const Outcome& refused, std::initializer_list<FieldWords> words) {
  std::string text = refused.error;
  if (text == kMissingProgram) return "Missing 'code' field in request body";
  for (const FieldWords& row : words) {
    const std::string field = "'" + std::string(row.field) + "'";
    if (!text.starts_with(field)) continue;
    const std::string rest =
        row.must_be.empty() ? text.substr(field.size()) : " must be " + std::string(row.must_be);
    text = std::string(row.name) + rest;
    break;
  }
  return refused.detail.empty() ? text : text + ": " + refused.detail;
}

std::string runnable(std::string_view json) {
  return json == "\"\"" ? R"("\n")" : std::string(json);
}

std::string milliseconds_json(double seconds) {
  constexpr double kMilliseconds = 1000;
  return std::to_string(std::lround(std::clamp(seconds, 0.0, 1e6) * kMilliseconds));
}

std::string seconds_of_milliseconds(std::string_view json) {
  constexpr double kMilliseconds = 1000;
  return is_number(json) ? decimal(number_of(json) / kMilliseconds, 6) : std::string(json);
}

double number_of(std::string_view json) {
  double number = 0;
  const auto read = std::from_chars(json.data(), json.data() + json.size(), number);
  if (read.ec != std::errc::result_out_of_range) return number;
  if (json.find("e-") != std::string_view::npos || json.find("E-") != std::string_view::npos) {
    return 0;
  }
  return json.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
}

std::string at_most(std::string_view json, std::chrono::duration<double> most) {
  constexpr int kMicroseconds = 6;
  const bool longer = is_number(json) && number_of(json) > most.count();
  return longer ? decimal(most.count(), kMicroseconds) : std::string(json);
}

std::string limit_of(std::string_view name, double amount, const LowerLimits& most) {
  for (const LimitName& row : kLimitNames) {
    if (row.name != name || amount <= 0) continue;
    const std::uint64_t bound = most.*(row.limit) / row.unit;
    if (bound == 0) break;
    const double wanted = std::ceil(amount / static_cast<double>(row.unit));
    if (wanted >= static_cast<double>(bound)) return std::to_string(bound);
    const std::uint64_t least = std::min(row.least, bound);
    return std::to_string(std::max(static_cast<std::uint64_t>(wanted), least));
  }
  return {};
}

bool is_python(std::string_view language) {
  constexpr std::array<std::string_view, 3> kNames = {"python", "python3", "py"};
  return std::find(kNames.begin(), kNames.end(), language) != kNames.end();
}

std::optional<std::string> files_of(std::string_view array, std::string_view name,
                                    std::string_view content, bool base64) {
  if (array.empty()) return "{}";
  if (!is_array(array)) return std::nullopt;
  std::string json = "{";
  const bool fit = each_element(array, [&](std::string_view element) {
    const JsonMembers file(element);
    const std::string_view path = file[name];
    const std::string_view text = file[content];
    if (!is_string(path) || !is_string(text)) return false;
    if (json.size() > 1) json += ", ";
    json.append(path).append(": ");
    if (base64 || file.string("encoding") == "base64") {
      json.append("{\"base64\": ").append(text).append("}");
    } else {
      json.append(text);
    }
    return true;
  });
  if (!fit) return std::nullopt;
  return json + "}";
}

}  // namespace executor
