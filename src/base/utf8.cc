// UTF-8 as the Unicode Standard's table 3-7 defines it: a lead byte decides how many bytes follow
// and which values the first of them may have; the later ones are always 80..BF.
#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace executor {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// What follows a lead byte.
struct Lead {
  std::size_t following;  // 0: this byte begins no multi-byte character
  unsigned char second_low;
  unsigned char second_high;
};

// The narrower ranges of the second byte are what excludes overlong forms (E0, F0), surrogates (ED)
// and everything above U+10FFFF (F4).
constexpr Lead lead_of(unsigned char byte) {
  if (byte < 0xC2 || byte > 0xF4) return {0, 0, 0};
  if (byte < 0xE0) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte < 0xF0) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {3, 0x80, 0xBF};
}

unsigned char byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

bool is_continuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

// A sequence of bytes that is decoded as one: a character, or a maximal ill-formed part.
struct Part {
  std::size_t length;
  bool well_formed;
};

// The part at the front of `bytes`, which is not empty.
Part front_part(std::string_view bytes) {
  const unsigned char first = byte_at(bytes, 0);
  if (first < 0x80) return {1, true};
  const Lead lead = lead_of(first);
  if (lead.following == 0) return {1, false};
  if (bytes.size() < 2) return {1, false};
  const unsigned char second = byte_at(bytes, 1);
  if (second < lead.second_low || second > lead.second_high) return {1, false};
  for (std::size_t at = 2; at <= lead.following; ++at) {
    if (at == bytes.size() || !is_continuation(byte_at(bytes, at))) return {at, false};
  }
  return {lead.following + 1, true};
}

// The first position from `at` on that may be something other than ASCII; eight bytes at a time,
// because nearly all that programs print is ASCII.
std::size_t skip_ascii(std::string_view bytes, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::uint64_t word = 0;
  while (bytes.size() - at >= sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
    at += sizeof word;
  }
  while (at < bytes.size() && byte_at(bytes, at) < 0x80) ++at;
  return at;
}

struct IllFormed {
  std::size_t at;
  std::size_t length;  // 0: no character
};

IllFormed find_ill_formed(std::string_view bytes, std::size_t from) {
  for (std::size_t at = skip_ascii(bytes, from); at < bytes.size(); at = skip_ascii(bytes, at)) {
    const Part part = front_part(bytes.substr(at));
    if (!part.well_formed) return {at, part.length};
    at += part.length;
  }
  return {bytes.size(), 0};
}

}  // namespace

std::string to_valid_utf8(std::string_view bytes) {
  std::string valid;
  valid.reserve(bytes.size());
  std::size_t copied = 0;
  for (;;) {
    const IllFormed bad = find_ill_formed(bytes, copied);
    valid.append(bytes.substr(copied, bad.at - copied));
    if (bad.length == 0) return valid;
    valid.append(kReplacement);
    copied = bad.at + bad.length;
  }
}

std::string_view cut_utf8(std::string_view bytes, std::size_t limit) {
  if (bytes.size() <= limit) return bytes;
  // A character that crosses the limit begins at most three bytes before it.
  for (std::size_t back = 1; back <= 3 && back <= limit; ++back) {
    if (!is_continuation(byte_at(bytes, limit - back + 1))) break;
    const Part part = front_part(bytes.substr(limit - back));
    if (part.well_formed && part.length > back) return bytes.substr(0, limit - back);
  }
  return bytes.substr(0, limit);
}

std::string_view without_unfinished_utf8(std::string_view bytes) {
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const std::string_view tail = bytes.substr(bytes.size() - back);
    if (lead_of(byte_at(tail, 0)).following < back) continue;
    const Part part = front_part(tail);
    const bool unfinished = !part.well_formed && part.length == back;
    return unfinished ? bytes.substr(0, bytes.size() - back) : bytes;
  }
  return bytes;
}

std::size_t first_ill_formed(std::string_view bytes) {
  return find_ill_formed(bytes, 0).at;
}

std::size_t front_character(std::string_view bytes) {
  const Part part = front_part(bytes);
  return part.well_formed ? part.length : 0;
}

bool is_valid_utf8(std::string_view bytes) {
  return find_ill_formed(bytes, 0).length == 0;
}

}  // namespace executor
