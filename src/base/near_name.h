// The known name that a misspelt one was probably meant to be.
#pragma once

#include <span>
#include <string_view>

namespace executor {

// The one of `known` that differs from `name` in at most two characters, inserted, deleted or
// replaced; in at most one where it is short. Empty when there is none.
std::string_view near_name(std::string_view name, std::span<const std::string_view> known);

}  // namespace executor
