// Untrusted bytes as valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace executor {

// `bytes` with every maximal ill-formed part replaced by U+FFFD, as WHATWG and Python's "replace"
// do. Returns valid input unchanged.
std::string to_valid_utf8(std::string_view bytes);

// The longest prefix of `bytes` of at most `limit` bytes that does not split a UTF-8 character.
std::string_view cut_utf8(std::string_view bytes, std::size_t limit);

// `bytes` without an incomplete character at the end that more bytes might complete.
std::string_view without_unfinished_utf8(std::string_view bytes);

// The offset of the first byte that is not part of a well-formed character; the size when there is
// none.
std::size_t first_ill_formed(std::string_view bytes);

// The length of the well-formed character in front of `bytes`, which is not empty; 0 when there is
// none.
std::size_t front_character(std::string_view bytes);

// True when all of `bytes` is well-formed UTF-8 (no surrogates, nothing above U+10FFFF).
bool is_valid_utf8(std::string_view bytes);

}  // namespace executor
