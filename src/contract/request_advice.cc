#include "contract/request_advice.h"

#include <algorithm>
#include <span>

#include "base/near_name.h"
#include "base/utf8.h"
#include "contract/json_fault.h"

namespace executor {
namespace {

constexpr std::size_t kMaxShown = 100;

std::string shown(std::string_view text) {
  const std::string valid = to_valid_utf8(text.substr(0, kMaxShown + 4));
  const std::string_view cut = cut_utf8(valid, kMaxShown);
  return std::string(cut) + (cut.size() < valid.size() ? "..." : "");
}

// Names that other services have for the same. "" where the dialect has no such thing.
struct Alias {
  std::string_view theirs, of_script, of_code;
};
constexpr Alias kAliases[] = {{"args", "arguments", "argv"},
                              {"kwargs", "arguments", ""},
                              {"params", "arguments", ""},
                              {"parameters", "arguments", ""},
                              {"inputs", "arguments", "stdin"},
                              {"input", "stdin", "stdin"},
                              {"environment", "env", "env"},
                              {"env_vars", "env", "env"},
                              {"environment_variables", "env", "env"},
                              {"command_line", "argv", "argv"},
                              {"timeout_seconds", "timeout", "timeout"},
                              {"time_limit", "timeout", "timeout"},
                              {"memory_limit", "limits", "limits"},
                              {"memory_mb", "limits", "limits"},
                              {"cpu_limit", "limits", "limits"},
                              {"cpu_seconds", "limits", "limits"},
                              {"input_files", "files", "files"},
                              {"output_files", "outputs", "outputs"},
                              {"plots", "images", "images"},
                              {"figures", "images", "images"}};

std::string lower(std::string_view name) {
  std::string small(name);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return small;
}

// The one of `known` that was probably meant, or "".
std::string_view meant_by(std::string_view name, bool is_code,
                          std::span<const std::string_view> known) {
  const std::string small = lower(name);
  std::string_view meant;
  for (const Alias& alias : kAliases) {
    if (small == alias.theirs) meant = is_code ? alias.of_code : alias.of_script;
  }
  if (meant.empty()) meant = near_name(small, known);
  const bool other = meant == (is_code ? "arguments" : "last_value");  // the other dialect's
  return other || std::find(known.begin(), known.end(), meant) == known.end() ? "" : meant;
}

std::string question(std::string_view meant) {
  return meant.empty() ? "" : "; did you mean '" + std::string(meant) + "'?";
}

// Whether this Content-Encoding is none.
bool is_plain(std::string_view encoding) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = encoding.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return true;
  encoding = encoding.substr(begin, encoding.find_last_not_of(kBlanks) - begin + 1);
  return lower(encoding) == "identity";
}

bool has_zero_bytes(std::string_view body) {
  return body.substr(0, 4).find('\0') != std::string_view::npos;
}

}  // namespace

std::string explain_content_type(std::string_view content_type) {
  if (content_type.empty()) return "there is no Content-Type; send 'application/json'";
  return "the Content-Type is '" + shown(content_type) + "'; send 'application/json'";
}

std::string explain_not_json(std::string_view body, std::string_view content_encoding) {
  if (!is_plain(content_encoding)) {
    return "the body has Content-Encoding '" + shown(content_encoding) +
           "'; send it as it is, without Content-Encoding";
  }
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return "the body is empty";
  if (body.starts_with("\x1F\x8B")) {
    return "the body is compressed with gzip; send it as it is, without Content-Encoding";
  }
  if (body.starts_with("\xFF\xFE") || body.starts_with("\xFE\xFF") || has_zero_bytes(body)) {
    return "the body is UTF-16 or UTF-32; send UTF-8";
  }
  if (!is_valid_utf8(body)) {
    const std::size_t at = first_ill_formed(body);
    return "not UTF-8 at byte " + std::to_string(at + 1) + " (" + place_in(body, at) + ")";
  }
  const auto fault = find_json_fault(body, kMaxRequestDepth);
  if (!fault) return "the body is not JSON";
  return place_in(body, fault->offset) + ": " + fault->problem;
}

std::string hint_of_missing_program(const RequestBody& body) {
  std::string hint =
      "Send 'script' (a module that defines main()) or 'code' (a program that prints)";
  if (body.unknown.empty()) return hint;
  hint += "; got ";
  for (const std::string& name : body.unknown) {
    if (&name != &body.unknown.front()) hint += ", ";
    hint += "'" + name + "'";
  }
  return hint;
}

std::vector<std::string> warnings_of(const RequestBody& body) {
  const auto known = field_names();
  const auto code = std::find(known.begin(), known.end(), "code");
  const auto place = static_cast<std::size_t>(code - known.begin());
  std::vector<std::string> warnings;
  for (const std::string& name : body.unknown) {
    const std::string_view meant = meant_by(name, body.fields.at(place).present(), known);
    warnings.push_back("unknown field '" + name + "' is ignored" + question(meant));
  }
  return warnings;
}

std::string warning_of_a_run(std::string_view name, bool is_code) {
  constexpr std::size_t kMaxName = 40;
  const std::string_view cut = cut_utf8(name, kMaxName);
  return "unknown field '" + std::string(cut) + (cut.size() < name.size() ? "..." : "") +
         "' of a run is ignored" + question(meant_by(name, is_code, kFieldsOfARun));
}

}  // namespace executor
