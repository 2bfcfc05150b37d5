#include "contract/request_advice.h"

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

// Names that other services have for the same.
struct Alias {
  std::string_view theirs, ours;
};
constexpr Alias kAliases[] = {
    {"args", "arguments"},          {"kwargs", "arguments"},   {"params", "arguments"},
    {"parameters", "arguments"},    {"inputs", "arguments"},   {"input", "stdin"},
    {"environment", "env"},         {"env_vars", "env"},       {"command_line", "argv"},
    {"timeout_seconds", "timeout"}, {"time_limit", "timeout"}, {"plots", "images"},
    {"figures", "images"}};

// The known name that was probably meant, or "".
std::string_view meant_by(std::string_view name) {
  for (const Alias& alias : kAliases) {
    if (name == alias.theirs) return alias.ours;
  }
  return near_name(name, kFieldNames);
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
  if (!content_encoding.empty()) {
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
  std::vector<std::string> warnings;
  for (const std::string& name : body.unknown) {
    std::string text = "unknown field '" + name + "' is ignored";
    const std::string_view meant = meant_by(name);
    if (!meant.empty()) text += "; did you mean '" + std::string(meant) + "'?";
    warnings.push_back(std::move(text));
  }
  return warnings;
}

std::string warning_of_a_run(std::string_view name) {
  constexpr std::size_t kMaxName = 40;
  const std::string_view cut = cut_utf8(name, kMaxName);
  return "unknown field '" + std::string(cut) + (cut.size() < name.size() ? "..." : "") +
         "' of a run is ignored";
}

}  // namespace executor
