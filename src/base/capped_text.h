// Text of limited length from an untrusted writer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace executor {

class CappedText {
 public:
  // Shows at most `limit` bytes.
  explicit CappedText(std::size_t limit) : limit_(limit) {}

  // Appends what fits.
  void append(std::string_view bytes) {
    exceeded_ = exceeded_ || bytes.size() > limit_ - std::min(limit_, bytes_.size());
    bytes_.append(bytes.substr(0, limit_ + kSlack - bytes_.size()));
  }
  // Whether more was appended than the limit.
  [[nodiscard]] bool exceeded() const { return exceeded_; }
  // What was kept, as valid UTF-8; a character that the limit would split is left out.
  [[nodiscard]] std::string text() const { return to_valid_utf8(cut_utf8(bytes_, limit_)); }
  // What has come since the last call: all calls together return text(). An unfinished character
  // waits for its rest unless this is the `last` call.
  std::string take_new(bool last) {
    std::string_view shown = cut_utf8(bytes_, limit_);
    shown.remove_prefix(std::min(emitted_, shown.size()));
    if (!last) shown = without_unfinished_utf8(shown);
    emitted_ += shown.size();
    return to_valid_utf8(shown);
  }
  [[nodiscard]] std::size_t size() const { return std::min(limit_, bytes_.size()); }

 private:
  // Enough bytes past the limit to tell a character that the limit splits from invalid UTF-8.
  static constexpr std::size_t kSlack = 3;

  std::size_t limit_;
  std::string bytes_;
  std::size_t emitted_ = 0;  // bytes that take_new() has returned
  bool exceeded_ = false;
};

}  // namespace executor
