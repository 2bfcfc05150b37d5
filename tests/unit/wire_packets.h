// What the tests of jobs and of claims have in common: text of a size, and packets for a reader.
#pragma once

#include <string>
#include <vector>

#include "support/boost_test.h"
#include "wire/job.h"
#include "wire/packet.h"

namespace executor::test {

inline constexpr std::size_t kMegabyte = 1 << 20;
inline constexpr Nonce kNonce = {'n', 'o', 'n', 'c', 'e', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

// Around every size at which a message takes one packet more.
inline const std::vector<std::size_t>& sizes() {
  static const std::vector<std::size_t> sizes = {0,
                                                 1,
                                                 kMaxPacket - 64,
                                                 kMaxPacket - 22,
                                                 kMaxPacket - 21,
                                                 kMaxPacket - 1,
                                                 kMaxPacket,
                                                 kMaxPacket + 1,
                                                 2 * kMaxPacket - 21,
                                                 2 * kMaxPacket,
                                                 kMegabyte};
  return sizes;
}

// Text in which no two packets are alike.
inline std::string text_of(std::size_t size) {
  std::string text;
  text.reserve(size + 8);
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + "\n";
  text.resize(size);
  return text;
}

// The state after the last of the packets; every one before it must ask for more.
template <typename Reader>
typename Reader::State feed_all(Reader& reader, const std::vector<std::string>& packets) {
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
    BOOST_TEST((reader.feed(packets[i]) == Reader::State::kMore));
  }
  return reader.feed(packets.back());
}

}  // namespace executor::test
