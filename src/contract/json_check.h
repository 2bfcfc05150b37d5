// Whether bytes that claim to be JSON are JSON. What a worker sends is a claim: a script that has
// taken over its process could send anything, and the answer must still be well-formed.
#pragma once

#include <cstddef>
#include <string_view>

namespace executor {

// The nesting that results may have; the harness refuses deeper ones and names the path.
inline constexpr std::size_t kMaxResultDepth = 200;

// True when `text` is exactly one JSON value (RFC 8259, UTF-8, no NaN) nested at most `max_depth`
// deep. Allocates nothing that grows with the text.
bool is_json(std::string_view text, std::size_t max_depth = kMaxResultDepth);

}  // namespace executor
