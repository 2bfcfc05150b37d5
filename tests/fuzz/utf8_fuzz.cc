// Bytes that a script printed: made valid, cut at any limit, collected in pieces. The first byte of
// an input is the limit.
#include "base/utf8.h"

#include "base/capped_text.h"
#include "fuzz/property.h"
#include "fuzz/reference.h"

namespace executor {
namespace {

// Where a character that crosses `limit` begins, else `limit`; found from the front.
std::size_t expected_cut(std::string_view bytes, std::size_t limit) {
  std::size_t at = 0;
  while (at < limit) {
    const std::size_t length = reference::character_length(bytes.substr(at));
    if (at + length > limit) return at;
    at += length > 0 ? length : 1;
  }
  return limit;
}

void check_cut(std::string_view bytes, std::size_t limit) {
  const std::string_view cut = cut_utf8(bytes, limit);
  must(cut.data() == bytes.data(), "a cut text is a prefix");
  must(cut.size() == (bytes.size() <= limit ? bytes.size() : expected_cut(bytes, limit)),
       "a cut text is the longest prefix within the limit that splits no character");
}

void check_capped(std::string_view bytes, std::size_t limit) {
  CappedText pieces(limit);
  for (std::size_t at = 0; at < bytes.size(); at += 3) pieces.append(bytes.substr(at, 3));
  must(pieces.exceeded() == (bytes.size() > limit), "a capped text knows whether it was exceeded");
  must(pieces.size() == std::min(bytes.size(), limit), "a capped text keeps what fits");
  must(pieces.text() == to_valid_utf8(cut_utf8(bytes, limit)),
       "a text that came in pieces is the text");
}

}  // namespace

void check_properties(std::string_view input) {
  if (input.empty()) return;
  const std::size_t limit = static_cast<unsigned char>(input.front());
  const std::string_view bytes = input.substr(1);

  const std::string valid = to_valid_utf8(bytes);
  must(valid == reference::replace_ill_formed(bytes), "ill-formed parts are replaced one by one");
  must(is_valid_utf8(valid), "what was made valid is valid");
  must(is_valid_utf8(bytes) == (valid == bytes), "valid text is left as it is");
  must(is_valid_utf8(bytes) == reference::is_utf8(bytes), "valid is what the standard calls so");
  check_cut(bytes, limit);
  check_cut(valid, limit);
  must(is_valid_utf8(cut_utf8(valid, limit)), "valid text is valid when cut");
  check_capped(bytes, limit);
}

}  // namespace executor
