// Selectors of semantic versions, as npm has them: "3.x", "^3.10", "~3.11", ">=3.9 <3.12",
// "3.9 - 3.11", "3.11 || 3.12". Pure.
#pragma once

#include <string_view>

namespace executor {

// Whether a version ("3.11.2"; what is behind its numbers does not count) is in the range. A text
// that is no selector has no versions in it. Cost is linear in its size.
bool is_in_range(std::string_view version, std::string_view selector);

}  // namespace executor
