// The fields of a request as its body has them: from bytes to one value for each name that the
// contract knows. Does not check what the values must be.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace executor {

// The nesting that a request may have: that of a result (kMaxResultDepth), which may be the next
// request's arguments, plus what surrounds it.
inline constexpr std::size_t kMaxRequestDepth = 256;

// The value of one field. null is the same as absent.
struct FieldValue {
  enum class Kind : std::uint8_t { kAbsent, kString, kNumber, kTrue, kFalse, kArray, kObject };
  Kind kind = Kind::kAbsent;
  std::string text{};  // of a string: its content; of an array or object: its JSON text
  double number = 0;   // of a number; infinite when it is too large for a double

  [[nodiscard]] bool present() const { return kind != Kind::kAbsent; }
};

// The names that the contract knows, in the order of their rows (contract/request_fields.cc).
std::span<const std::string_view> field_names();

// Those that each of several runs may have of its own.
inline constexpr std::array<std::string_view, 5> kFieldsOfARun = {"arguments", "argv", "stdin",
                                                                  "env", "files"};

struct RequestBody {
  bool is_object = false;
  std::vector<FieldValue> fields = std::vector<FieldValue>(field_names().size());  // in that order
  std::vector<std::string> unknown;  // other names, the first few, cut to a few characters
  std::size_t unknown_count = 0;

  // `name` is one of field_names().
  FieldValue& operator[](std::string_view name);
};

// The most unknown names that are kept.
inline constexpr std::size_t kMaxUnknownNames = 10;

// Nothing when `text` is not one JSON value. Keeps the known fields of the outermost object, the
// last of each name. `text` is strict JSON but for raw newlines, tabs and carriage returns in
// strings. Cost is linear in its size.
std::optional<RequestBody> read_request_body(std::string_view text);

// What a known field's JSON text holds.

// Nothing when it is not an array of strings, or has more than `max` of them.
std::optional<std::vector<std::string>> read_strings(std::string_view array, std::size_t max);

// One member of an object whose values are strings, or objects {"base64": "..."}.
struct TextMember {
  std::string name;
  std::string text;
  bool base64 = false;
};
// Nothing when it is not such an object, or has more than `max` members. Of equal names the last
// counts. `base64` says whether values of the second kind are allowed.
std::optional<std::vector<TextMember>> read_texts(std::string_view object, std::size_t max,
                                                  bool base64);

}  // namespace executor
