// Where a text stops being JSON, and what was expected there, for the `detail` of a refusal.
// Slower than the parser, and used only after the parser has refused the text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace executor {

struct JsonFault {
  std::size_t offset = 0;  // of the byte at fault; the text's size when it ends too early
  std::string problem;     // "expected ',' or '}'"
};

// Nothing when no fault is found. Raw newlines, returns and tabs in strings are not faults.
std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t max_depth);

// "line 3, column 7": both from 1, columns in characters of UTF-8.
std::string place_in(std::string_view text, std::size_t offset);

}  // namespace executor
