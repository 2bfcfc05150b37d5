#include "contract/lower_limits.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "contract/json_text.h"

namespace executor {
namespace {

std::string must_be_object() {
  std::string text = "'limits' must be an object of ";
  for (const LimitName& row : kLimitNames) {
    if (&row != kLimitNames.begin()) text += &row == &kLimitNames.back() ? " and " : ", ";
    text += row.name;
  }
  return text;
}

// A JSON text's number; 0, which no limit may be, when it is another value.
double number_of(std::string_view json) {
  double number = 0;
  const char* const end = json.data() + json.size();
  const auto parsed = std::from_chars(json.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end ? number : 0;
}

// Empty when the limit was read.
std::string read_one(std::string_view name, double number, const LowerLimits& most,
                     LowerLimits& limits) {
  const auto* const row =
      std::find_if(kLimitNames.begin(), kLimitNames.end(),
                   [name](const LimitName& limit) { return limit.name == name; });
  if (row == kLimitNames.end()) return must_be_object();
  const std::uint64_t bound = most.*(row->limit) / row->unit;
  const std::uint64_t least = std::min(row->least, bound);
  if (number >= static_cast<double>(least) && number <= static_cast<double>(bound) &&
      number == std::floor(number)) {
    limits.*(row->limit) = static_cast<std::uint64_t>(number) * row->unit;
    return {};
  }
  return "'limits': '" + std::string(name) + "' must be a whole number from " +
         std::to_string(least) + " to " + std::to_string(bound);
}

}  // namespace

boost::system::result<LowerLimits, std::string> read_lower_limits(const FieldValue& value,
                                                                  const LowerLimits& most) {
  LowerLimits limits;
  if (!value.present()) return limits;
  if (value.kind != FieldValue::Kind::kObject) return must_be_object();
  std::string refusal;
  each_member(value.text, [&](std::string_view name, std::string_view number) {
    if (number != "null") {
      refusal = read_one(string_of(name).value_or(""), number_of(number), most, limits);
    }
    return refusal.empty();
  });
  if (!refusal.empty()) return refusal;
  return limits;
}

}  // namespace executor
