// Raw newlines, tabs and carriage returns in JSON strings: people's curl commands contain them,
// strict JSON does not allow them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace executor {

// `body` with the raw newlines, returns and tabs inside its strings escaped, which makes it strict
// JSON if nothing else was wrong with it; nothing when it has none. It follows strings as the
// parser does up to the first error, so it cannot turn any other text into valid JSON.
std::optional<std::string> escape_raw_controls(std::string_view body);

}  // namespace executor
