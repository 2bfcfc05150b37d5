// Second opinions: the product's answers by another way, written to be short and obvious instead of
// fast. Where both agree on everything that a fuzzer finds, neither has the other's mistakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace executor::reference {

// The length of the well-formed UTF-8 character at the front of `bytes`, by its code point; 0 when
// there is none.
std::size_t character_length(std::string_view bytes);

bool is_utf8(std::string_view bytes);

// Every maximal ill-formed part replaced by U+FFFD. Such a part is the longest prefix that some
// continuation would make a character.
std::string replace_ill_formed(std::string_view bytes);

struct JsonRules {
  std::size_t max_depth = 0;  // of arrays and objects
  bool raw_controls = false;  // whether newlines, returns and tabs may stand raw in strings
};

// Of a text with an exponent of ten or more digits nothing is said: an implementation may refuse
// it.
enum class Json : std::uint8_t { kNo, kYes, kEither };

// Whether `text` is one JSON value by the grammar of RFC 8259, without escaped lone surrogates.
Json check_json(std::string_view text, const JsonRules& rules);

}  // namespace executor::reference
