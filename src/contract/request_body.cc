#include "contract/request_body.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/utf8.h"
#include "contract/json_parser.h"
#include "contract/json_text.h"
#include "contract/raw_controls.h"

namespace executor {
namespace {

// Empty for an unknown name.
std::optional<std::size_t> index_of(std::string_view name) {
  const auto names = field_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

// How much of an unknown name is kept.
constexpr std::size_t kMaxName = 40;

// --- The outermost object

class BodyReader : public JsonEvents {
 public:
  explicit BodyReader(RequestBody& body) : body_(&body) {}

  bool on_object_begin(Error& /*error*/) {
    if (depth_ == 0) body_->is_object = true;
    return enter(FieldValue::Kind::kObject);
  }
  bool on_object_end(std::size_t /*count*/, Error& /*error*/) { return leave(); }
  bool on_array_begin(Error& /*error*/) { return enter(FieldValue::Kind::kArray); }
  bool on_array_end(std::size_t /*count*/, Error& /*error*/) { return leave(); }

  bool on_key_part(Text part, std::size_t /*size*/, Error& /*error*/) { return add_to_key(part); }
  bool on_key(Text rest, std::size_t /*size*/, Error& /*error*/) {
    add_to_key(rest);
    if (depth_ != 1) return true;
    field_ = field_named(key_);
    if (field_ == nullptr && body_->is_object) note_unknown();
    key_.clear();
    if (field_ != nullptr) *field_ = FieldValue{};
    return true;
  }

  bool on_string_part(Text part, std::size_t /*size*/, Error& /*error*/) {
    if (at_field()) field_->text.append(part);
    return true;
  }
  bool on_string(Text rest, std::size_t /*size*/, Error& /*error*/) {
    if (!at_field()) return true;
    field_->text.append(rest);
    field_->kind = FieldValue::Kind::kString;
    return true;
  }

  bool on_int64(std::int64_t value, Text /*rest*/, Error& /*error*/) {
    return set_number(static_cast<double>(value));
  }
  bool on_uint64(std::uint64_t value, Text /*rest*/, Error& /*error*/) {
    return set_number(static_cast<double>(value));
  }
  bool on_double(double value, Text /*rest*/, Error& /*error*/) { return set_number(value); }
  bool on_bool(bool value, Error& /*error*/) {
    if (at_field()) field_->kind = value ? FieldValue::Kind::kTrue : FieldValue::Kind::kFalse;
    return true;
  }

 private:
  bool enter(FieldValue::Kind kind) {
    if (at_field()) field_->kind = kind;
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  // The end of a longer key is not collected: it names nothing that the contract knows.
  bool add_to_key(Text part) {
    const std::size_t room = kMaxName + 4 - std::min(key_.size(), kMaxName + 4);
    if (depth_ == 1) key_.append(part.substr(0, room));
    return true;
  }

  void note_unknown() {
    ++body_->unknown_count;
    auto& unknown = body_->unknown;
    if (unknown.size() >= kMaxUnknownNames) return;
    const std::string_view shown = cut_utf8(key_, kMaxName);
    std::string name = std::string(shown) + (shown.size() < key_.size() ? "..." : "");
    if (std::find(unknown.begin(), unknown.end(), name) == unknown.end()) {
      unknown.push_back(std::move(name));
    }
  }

  bool set_number(double value) {
    if (!at_field()) return true;
    field_->number = value;
    field_->kind = FieldValue::Kind::kNumber;
    return true;
  }

  FieldValue* field_named(std::string_view name) {
    const auto index = index_of(name);
    return index ? &body_->fields[*index] : nullptr;
  }

  // Whether the value that is being read is a known field's own, not one nested in it.
  [[nodiscard]] bool at_field() const { return depth_ == 1 && field_ != nullptr; }

  RequestBody* body_;
  std::size_t depth_ = 0;
  std::string key_;
  FieldValue* field_ = nullptr;
};

// --- The texts of nested values

bool is_nested(const FieldValue& value) {
  return value.kind == FieldValue::Kind::kArray || value.kind == FieldValue::Kind::kObject;
}

// Fills in the texts of arrays and objects, which the parser's events do not have.
void find_texts(std::string_view text, RequestBody& body) {
  if (std::none_of(body.fields.begin(), body.fields.end(), is_nested)) return;
  each_member(text, [&body](std::string_view name, std::string_view value) {
    const auto key = name.size() <= 6 * kMaxName ? string_of(name) : std::nullopt;
    const auto index = index_of(key.value_or(""));
    if (index && is_nested(body.fields[*index])) body.fields[*index].text = value;
    return true;
  });
}

}  // namespace

FieldValue& RequestBody::operator[](std::string_view name) {
  return fields[index_of(name).value()];
}

std::optional<RequestBody> read_request_body(std::string_view text) {
  const std::optional<std::string> escaped = escape_raw_controls(text);
  const std::string_view strict = escaped ? std::string_view(*escaped) : text;
  RequestBody body;
  if (!parse_json<BodyReader>(strict, kMaxRequestDepth, body)) return std::nullopt;
  if (body.is_object) find_texts(strict, body);
  return body;
}

std::optional<std::vector<std::string>> read_strings(std::string_view array, std::size_t max) {
  std::vector<std::string> strings;
  const bool read = each_element(array, [&](std::string_view element) {
    auto text = string_of(element);
    if (!text || strings.size() == max) return false;
    strings.push_back(std::move(*text));
    return true;
  });
  if (!read) return std::nullopt;
  return strings;
}

std::optional<std::vector<TextMember>> read_texts(std::string_view object, std::size_t max,
                                                  bool base64) {
  std::vector<TextMember> members;
  std::map<std::string, std::size_t, std::less<>> places;
  const auto read_base64 = [](std::string_view value) {
    std::optional<std::string> text;
    std::size_t count = 0;
    each_member(value, [&](std::string_view name, std::string_view member) {
      ++count;
      if (string_of(name) == "base64") text = string_of(member);
      return true;
    });
    return count == 1 ? text : std::nullopt;
  };
  const bool read = each_member(object, [&](std::string_view key, std::string_view value) {
    const bool nested = base64 && value.starts_with('{');
    auto name = string_of(key);
    auto text = nested ? read_base64(value) : string_of(value);
    if (!name || !text) return false;
    const auto [place, is_new] = places.try_emplace(*name, members.size());
    if (is_new && members.size() == max) return false;
    if (is_new) members.emplace_back();
    members[place->second] = {std::move(*name), std::move(*text), nested};
    return true;
  });
  if (!read) return std::nullopt;
  return members;
}

}  // namespace executor
