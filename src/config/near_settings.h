// The settings that an unknown one was probably meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace executor {

// "memory-limit-mb", or "a, b or c": the one of `known` that is only misspelt (base/near_name.h);
// without that, those that have each word of `name`, well or misspelt, among theirs. Underscores
// are hyphens and case does not matter. Empty when there is none, or more than four.
std::string near_settings(std::string_view name, std::span<const std::string_view> known);

// "; did you mean a or b?", to follow a message that names the unknown one; empty when there is
// none.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

}  // namespace executor
