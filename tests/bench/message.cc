#include "message.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace executor::bench {
namespace {

constexpr std::uint32_t kMaxBytes = 1 << 20;

[[noreturn]] void fail(const char* step) {
  throw std::system_error(errno, std::generic_category(), step);
}

void receive(int socket, void* to, std::size_t size) {
  if (size == 0) return;
  const ssize_t got = ::recv(socket, to, size, MSG_WAITALL);
  if (got < 0) fail("receive a message");
  if (static_cast<std::size_t>(got) != size) throw std::runtime_error("a message was cut short");
}

std::uint32_t receive_length(int socket) {
  unsigned char bytes[4];
  receive(socket, bytes, sizeof bytes);
  std::uint32_t length = 0;
  for (int i = 3; i >= 0; --i) length = length << 8 | bytes[i];
  if (length > kMaxBytes) throw std::runtime_error("a message is too long");
  return length;
}

}  // namespace

sockaddr_un socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

std::string to_message(const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string message;
  for (int shift = 0; shift < 32; shift += 8) message.push_back(static_cast<char>(size >> shift));
  return message + text;
}

void send_bytes(int socket, const std::string& bytes) {
  const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) fail("send a message");
  // A blocking stream socket takes all of it or fails.
  if (static_cast<std::size_t>(sent) != bytes.size()) throw std::runtime_error("sent only a part");
}

std::string receive_message(int socket) {
  std::string text(receive_length(socket), '\0');
  receive(socket, text.data(), text.size());
  return text;
}

}  // namespace executor::bench
