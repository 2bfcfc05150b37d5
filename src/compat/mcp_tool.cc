#include "compat/mcp_tool.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/base64.h"
#include "base/utf8.h"
#include "compat/json_read.h"
#include "compat/json_write.h"
#include "compat/run_words.h"
#include "contract/decimal.h"
#include "contract/json_text.h"
#include "contract/render.h"
#include "contract/request_body.h"

namespace executor {
namespace {

// The tool's names for fields of POST /execute.
struct Argument {
  std::string_view name;
  std::string_view field;
};
constexpr std::array<Argument, 4> kArguments = {
    {{"python_code", "code"}, {"timeout", "timeout"}, {"stdin", "stdin"}, {"files", "files"}}};

constexpr std::string_view kVariables = "global_variables";

constexpr std::string_view kInputSchema = R"({
"type": "object",
"properties": {
"python_code": {"type": "string", "description": "The program. What it prints comes back, and the value of its last line if that is an expression."},
"global_variables": {"type": "object", "description": "Global variables of the program: name to value."},
"timeout": {"type": "number", "exclusiveMinimum": 0, "description": "Seconds that the program may take."},
"stdin": {"type": "string", "description": "What the program reads from standard input."},
"files": {"type": "object", "description": "Files in the program's working directory: relative path to text, or to {\"base64\": \"...\"}."}
},
"required": ["python_code"],
"additionalProperties": false
})";

constexpr std::string_view kOutputSchema = R"({
"type": "object",
"properties": {
"stdout": {"type": "string"},
"stderr": {"type": "string"},
"value": {"type": ["string", "null"], "description": "repr() of the last line's value; null when there is none"},
"error": {"type": ["string", "null"], "description": "null when the program came to its end"},
"error_type": {"type": "string"},
"execution_time": {"type": "number", "description": "seconds"}
},
"required": ["stdout", "value", "error", "execution_time"]
})";

constexpr std::string_view kAnnotations =
    R"({"title": "Run Python code", "readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false})";

// Well-known ones, in the order in which they are shown; the whole list would be the model's
// context.
constexpr std::array kShownPackages = {
    "numpy",       "pandas", "scipy",  "matplotlib", "seaborn",  "scikit-learn",
    "statsmodels", "sympy",  "pillow", "networkx",   "openpyxl", "beautifulsoup4",
    "jinja2",      "pyyaml", "lxml",   "polars",     "pyarrow",  "requests"};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string shown_packages(const RuntimeFacts& facts) {
  std::string text;
  for (const char* name : kShownPackages) {
    const auto is_it = [name](const Package& package) { return lower(package.name) == name; };
    const auto found = std::find_if(facts.packages.begin(), facts.packages.end(), is_it);
    if (found == facts.packages.end()) continue;
    text += (text.empty() ? "" : ", ") + found->name + " " + found->version;
  }
  return text;
}

std::string text_content(std::string_view text) {
  return json_object({{"type", "\"text\""}, {"text", render_text(text)}});
}

std::string image_content(std::string_view png) {
  std::string data = "\"";
  append_base64(data, png);
  return json_object({{"type", "\"image\""}, {"data", data + "\""}, {"mimeType", "\"image/png\""}});
}

bool has_failed(const Outcome& outcome) {
  return outcome.ending != Ending::kReturned;
}

// The texts of /execute name its own fields.
std::string error_of(const Outcome& outcome) {
  if (outcome.ending == Ending::kInternal) return internal_error_text();
  std::string error = outcome.error;
  if (outcome.ending != Ending::kBadRequest) return error;
  if (error == kMissingProgram) return "Missing argument 'python_code'";
  constexpr std::string_view kField = "'code'";
  if (error.starts_with(kField)) error.replace(0, kField.size(), "'python_code'");
  return error;
}

// Hints of POST /execute that name what the tool does not have, and what the tool says instead.
struct OtherWords {
  std::string_view theirs;
  std::string_view own;
};
constexpr std::array<OtherWords, 6> kOtherWords = {
    {{"; GET /runtime lists what is there", ""},
     {"; GET /runtime lists the versions of what is installed", ""},
     {"GET /runtime lists what is, and modules", "modules"},
     {"give a 'script' a main() that does, or let a program in 'code' print",
      "let the program print, or end with the value"},
     {"Send the command line that the script parses in 'argv', or give its", "Give its"},
     {" and send 'images': true", ""}}};

bool names_what_the_tool_lacks(std::string_view hint) {
  const auto lacks = [](std::string_view field) {
    return std::none_of(kArguments.begin(), kArguments.end(),
                        [field](const Argument& argument) { return argument.name == field; });
  };
  const auto fields = field_names();
  return hint.find("GET /") != std::string_view::npos ||
         std::any_of(fields.begin(), fields.end(), [&](std::string_view field) {
           return lacks(field) &&
                  hint.find("'" + std::string(field) + "'") != std::string_view::npos;
         });
}

// What is left of a hint for the tool's caller, who cannot send what others can.
std::string hint_of(std::string hint) {
  for (const OtherWords& words : kOtherWords) {
    const std::size_t at = hint.find(words.theirs);
    if (at != std::string::npos) hint.replace(at, words.theirs.size(), words.own);
  }
  if (names_what_the_tool_lacks(hint)) hint.resize(std::min(hint.find("; "), hint.size()));
  return names_what_the_tool_lacks(hint) ? "" : hint;
}

std::string advice_of(const Outcome& outcome) {
  return outcome.ending == Ending::kBadRequest ? outcome.detail : hint_of(outcome.hint);
}

// What a model reads of a failure: the traceback, which ends with the error, and what else helps.
std::string failure_text(const Outcome& outcome) {
  std::string text = outcome.err;
  if (outcome.ending == Ending::kInternal || !is_error_in_stderr(outcome)) {
    if (!text.empty() && text.back() != '\n') text += '\n';
    text += error_of(outcome);
  }
  const std::string more = advice_of(outcome);
  if (!more.empty()) text.append(text.back() == '\n' ? "" : "\n").append(more);
  return text;
}

std::vector<std::string> contents_of(const Outcome& outcome) {
  std::vector<std::string> contents;
  if (!outcome.out.empty()) contents.push_back(text_content(outcome.out));
  if (has_failed(outcome)) {
    contents.push_back(text_content(failure_text(outcome)));
  } else if (!outcome.err.empty()) {
    contents.push_back(text_content("stderr:\n" + outcome.err));
  }
  if (const auto value = string_of(outcome.last_value_json)) {
    contents.push_back(text_content(*value));
  }
  if (outcome.images) {
    for (const std::string& image : *outcome.images) contents.push_back(image_content(image));
  }
  if (contents.empty()) contents.push_back(text_content("The program has printed nothing."));
  return contents;
}

std::string structured(const Outcome& outcome) {
  const bool failed = has_failed(outcome);
  const std::string& value = outcome.last_value_json;
  return json_object({{"stdout", render_text(outcome.out)},
                      {"stderr", outcome.err.empty() ? "" : render_text(outcome.err)},
                      {"value", value.empty() ? "null" : value},
                      {"error", failed ? render_text(error_of(outcome)) : "null"},
                      {"error_type", failed ? render_text(error_type(outcome.ending)) : ""},
                      {"execution_time", decimal(std::clamp(outcome.run_seconds, 0.0, 1e9), 6)}});
}

// Added by n8n to every call (n8n-io/n8n#21716); no model has sent it.
constexpr std::string_view kOfHost = "toolCallId";

bool is_argument(std::string_view name) {
  const auto is_it = [name](const Argument& argument) { return argument.name == name; };
  return name == kVariables || std::any_of(kArguments.begin(), kArguments.end(), is_it);
}

// Names the first argument that the tool does not have, so that a model can correct itself; without
// that it believes that all it has sent was used. "" when there is none.
std::string fault_of(std::string_view arguments) {
  constexpr std::size_t kShown = 64;  // bytes of a name
  std::string fault;
  if (!is_object(arguments)) return fault;
  each_member(arguments, [&fault](std::string_view json, std::string_view value) {
    const std::string name = string_of(json).value_or("");
    if (value == "null" || is_argument(name) || name == kOfHost) return true;
    fault = "Unknown argument '" + std::string(cut_utf8(name, kShown)) +
            "': the tool has python_code, global_variables, timeout, stdin and files";
    return false;
  });
  return fault;
}

}  // namespace

std::string mcp_description(const RuntimeFacts& facts, const RequestLimits& limits,
                            std::uint64_t memory_bytes) {
  constexpr double kMegabyte = 1048576;
  const std::string packages = shown_packages(facts);
  std::string text =
      "Runs a Python program in a sandbox and returns what it printed, the value of "
      "its last line, and the figures that it showed or left open in matplotlib.\n";
  text += "Python" + (facts.python.empty() ? "" : " " + facts.python) + ", the standard library" +
          (packages.empty() ? "" : ", " + packages) + ".";
  if (!facts.packages.empty()) {
    text += " Other packages cannot be installed.";
  }
  text +=
      " There is no network.\n"
      "Nothing survives a call: variables, imports and files of an earlier one are gone, so "
      "that each program must be complete.\n";
  text += "A program may take " + decimal(limits.default_program_timeout.count(), 3) +
          " s, or with `timeout` up to " + decimal(limits.max_timeout.count(), 3) + " s, and " +
          decimal(static_cast<double>(memory_bytes) / kMegabyte, 0) + " MB of memory.";
  return text;
}

std::string mcp_tool(std::string_view description) {
  return json_object({{"name", render_text(kMcpToolName)},
                      {"title", "\"Run Python code\""},
                      {"description", render_text(description)},
                      {"inputSchema", kInputSchema},
                      {"outputSchema", kOutputSchema},
                      {"annotations", kAnnotations}});
}

Call mcp_call(std::string_view arguments) {
  const JsonMembers given(arguments);
  Call call;
  call.body = R"({"images": true, "last_value": true)";
  for (const Argument& argument : kArguments) {
    const std::string_view value = given[argument.name];
    if (!value.empty())
      call.body.append(", \"").append(argument.field).append("\": ").append(value);
  }
  call.body += "}";
  call.variables = given[kVariables];
  call.fault = fault_of(arguments);
  return call;
}

std::string mcp_tool_result(const Outcome& outcome) {
  return json_object({{"content", json_array(contents_of(outcome))},
                      {"structuredContent", structured(outcome)},
                      {"isError", has_failed(outcome) ? "true" : "false"}});
}

}  // namespace executor
