// Whether bytes that claim to be JSON are JSON. What a worker sends is a claim: a script that has
// taken its own process over could send anything, and its answer must still be well-formed.
#pragma once

#include <cstddef>
#include <string_view>

namespace executor {

// The nesting that results may have; the harness refuses deeper ones with a path.
inline constexpr std::size_t kMaxResultDepth = 200;

// True when `text` is exactly one JSON value (RFC 8259, UTF-8, no NaN) nested at most
// kMaxResultDepth deep. Allocates nothing that grows with the text.
bool is_json(std::string_view text);

}  // namespace executor
