// The bytes of a FastCGI request, for clients that do without nginx.
// https://fastcgi-archives.github.io/FastCGI_Specification.html
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace executor::test {

enum class FastCgiRecord : char { kBegin = 1, kEnd = 3, kParams = 4, kStdin = 5, kStdout = 6 };

// What every record begins with: version, type, request id, length (bytes 4 and 5, big endian),
// padding (byte 6), and a byte that means nothing.
inline constexpr std::size_t kFastCgiHeader = 8;

// `content` has at most 65535 bytes.
inline std::string fastcgi_record(FastCgiRecord type, const std::string& content) {
  const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xFFU); };
  return std::string{
             1, static_cast<char>(type), 0, 1, byte(content.size() >> 8U), byte(content.size()), 0,
             0} +
         content;
}

// A whole request. Names and values of parameters have at most 127 bytes, the body 65535. With
// `keep`, the server leaves it to the client to close the connection.
inline std::string fastcgi_request(
    const std::vector<std::pair<std::string, std::string>>& parameters, const std::string& body,
    bool keep = false) {
  std::string params;
  for (const auto& [name, value] : parameters) {
    params +=
        std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name + value;
  }
  const auto flags = static_cast<char>(keep ? 1 : 0);
  return fastcgi_record(FastCgiRecord::kBegin, std::string{0, 1, flags, 0, 0, 0, 0, 0}) +
         fastcgi_record(FastCgiRecord::kParams, params) +
         fastcgi_record(FastCgiRecord::kParams, "") + fastcgi_record(FastCgiRecord::kStdin, body) +
         fastcgi_record(FastCgiRecord::kStdin, "");
}

}  // namespace executor::test
