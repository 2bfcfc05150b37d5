// Numbers and strings as bytes. Both ends are on one machine, so numbers are in native order; the
// reader trusts no length that it has not compared with what is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace executor {

// `Bytes` is what takes them: a string, or something with its append().
template <typename Bytes>
class BasicEncoder {
 public:
  BasicEncoder() = default;
  explicit BasicEncoder(Bytes bytes) : bytes_(std::move(bytes)) {}

  template <typename T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T> BasicEncoder& put(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  // Length (32 bits), then the bytes.
  BasicEncoder& put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
    return *this;
  }
  BasicEncoder& put(const std::vector<std::string>& list) {
    put(static_cast<std::uint32_t>(list.size()));
    for (const std::string& text : list) put(std::string_view(text));
    return *this;
  }
  // Overwrites the number of this type that was put when `offset` bytes were there.
  template <typename T>
  requires std::is_arithmetic_v<T>
  void put_at(std::size_t offset, T value) { std::memcpy(&bytes_[offset], &value, sizeof value); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] Bytes take() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

using Encoder = BasicEncoder<std::string>;

// Reads what Encoder wrote. After any read past the end, ok() is false and every value is empty.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T> T get() {
    T value{};
    const std::string_view raw = take(sizeof value);
    if (ok_) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  std::string_view get_text() { return take(get<std::uint32_t>()); }
  std::vector<std::string> get_list() {
    std::vector<std::string> list;
    for (auto left = get<std::uint32_t>(); left > 0 && ok_; --left) list.emplace_back(get_text());
    return list;
  }
  // Everything that has not been read.
  std::string_view get_rest() { return take(rest_.size()); }

  // One byte, 0 or 1: anything else is invalid, so that each message has only one encoding.
  bool get_bool() {
    const auto value = get<std::uint8_t>();
    if (value > 1) ok_ = false;
    return value == 1;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  // True when everything was read and nothing was missing.
  [[nodiscard]] bool complete() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view head = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return head;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace executor
