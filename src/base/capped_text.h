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
  std::string take_news(bool last) {
    std::string_view shown = cut_utf8(bytes_, limit_);
    shown.remove_prefix(std::min(told_, shown.size()));
    if (!last) shown = without_unfinished_utf8(shown);
    told_ += shown.size();
    return to_valid_utf8(shown);
  }
  [[nodiscard]] std::size_t size() const { return std::min(limit_, bytes_.size()); }

 private:
  // Enough of what follows the limit to tell a split character from one that was written so.
  static constexpr std::size_t kSlack = 3;

  std::size_t limit_;
  std::string bytes_;
  std::size_t told_ = 0;  // bytes that take_news() has returned
  bool exceeded_ = false;
};

}  // namespace executor
