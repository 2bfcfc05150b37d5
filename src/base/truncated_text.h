// The beginning and the end of a text of any length from an untrusted writer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace executor {

class TruncatedText {
 public:
  // Shows at most `limit` bytes, and a line for what is missing between its halves.
  explicit TruncatedText(std::size_t limit)
      : head_limit_(limit - limit / 2), tail_limit_(limit / 2) {}

  // Keeps what may be shown: never more than twice the limit.
  void append(std::string_view bytes) {
    total_ += bytes.size();
    const std::size_t to_head = std::min(bytes.size(), head_limit_ - head_.size());
    head_.append(bytes.substr(0, to_head));
    bytes.remove_prefix(to_head);
    following_.append(bytes.substr(0, kSlack - following_.size()));
    if (bytes.size() > tail_limit_) {
      tail_.clear();
      bytes.remove_prefix(bytes.size() - tail_limit_);
    }
    tail_.append(bytes);
    if (tail_.size() > 2 * tail_limit_) tail_.erase(0, tail_.size() - tail_limit_);
  }
  // Whether more was appended than the limit.
  [[nodiscard]] bool exceeded() const { return total_ > head_limit_ + tail_limit_; }
  // Bytes that are held.
  [[nodiscard]] std::size_t size() const { return head_.size() + following_.size() + tail_.size(); }
  // What is shown, as valid UTF-8. No character is split.
  [[nodiscard]] std::string text() const { return shown_from(0); }
  // What is known of text() since the last call: all calls together return text(). The end is
  // returned by the `last` call.
  std::string take_new(bool last) {
    if (last) return shown_from(emitted_);
    std::string_view fresh = without_unfinished_utf8(head_);
    fresh.remove_prefix(std::min(emitted_, fresh.size()));
    emitted_ += fresh.size();
    return to_valid_utf8(fresh);
  }

 private:
  // Enough bytes past the first half to tell a character that the cut splits from invalid UTF-8.
  static constexpr std::size_t kSlack = 3;

  // The head has at least as many bytes of the text before the line as were returned so far.
  [[nodiscard]] std::string shown_from(std::size_t emitted) const {
    if (!exceeded()) return to_valid_utf8((head_ + tail_).substr(emitted));
    const std::string longer = head_ + following_;
    const std::string_view head = cut_utf8(longer, head_limit_);
    const std::string_view tail = end();
    const std::uint64_t missing = total_ - head.size() - tail.size();
    return to_valid_utf8(head.substr(std::min(emitted, head.size()))) +
           (head.empty() || head.back() == '\n' ? "" : "\n") + "[" + std::to_string(missing) +
           " bytes are missing here]\n" + to_valid_utf8(tail);
  }

  // The last half, without the rest of a character that began before it.
  [[nodiscard]] std::string_view end() const {
    std::string_view tail = tail_;
    tail.remove_prefix(tail.size() - std::min(tail.size(), tail_limit_));
    for (std::size_t i = 0; i < kSlack && !tail.empty(); ++i) {
      if ((static_cast<unsigned char>(tail.front()) & 0xC0U) != 0x80U) break;
      tail.remove_prefix(1);
    }
    return tail;
  }

  std::size_t head_limit_, tail_limit_;
  std::uint64_t total_ = 0;
  std::string head_, following_, tail_;
  std::size_t emitted_ = 0;  // bytes of the head that take_new() has returned
};

}  // namespace executor
