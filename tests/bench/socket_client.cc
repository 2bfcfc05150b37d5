#include "socket_client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "base/fd.h"
#include "script.h"

namespace executor::bench {
namespace {

constexpr std::uint32_t kMaxAnswerBytes = 1 << 20;

[[noreturn]] void fail(const std::string& step) {
  throw std::system_error(errno, std::generic_category(), step);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

std::string as_message(const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string message;
  for (int shift = 0; shift < 32; shift += 8) message.push_back(static_cast<char>(size >> shift));
  return message + text;
}

class SocketClient final : public Client {
 public:
  SocketClient(const std::string& path, const Script& script)
      : path_(path), address_(address_of(path)), job_(as_message(script.source)) {}

  std::string run() override {
    connect();
    send_job();
    std::string answer(receive_length(), '\0');
    receive(answer.data(), answer.size());
    return answer;
  }

  void finish() override { connection_.reset(); }

 private:
  void connect() {
    connection_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connection_) fail("make a socket");
    const auto* address = reinterpret_cast<const sockaddr*>(&address_);
    if (::connect(connection_.get(), address, sizeof address_) != 0) fail("connect to " + path_);
  }

  void send_job() const {
    const ssize_t sent = ::send(connection_.get(), job_.data(), job_.size(), MSG_NOSIGNAL);
    if (sent < 0) fail("send a job to " + path_);
    // A blocking stream socket takes all of it or fails.
    if (static_cast<std::size_t>(sent) != job_.size()) throw std::runtime_error("job cut short");
  }

  [[nodiscard]] std::uint32_t receive_length() const {
    unsigned char bytes[4];
    receive(reinterpret_cast<char*>(bytes), sizeof bytes);
    std::uint32_t length = 0;
    for (int i = 3; i >= 0; --i) length = length << 8 | bytes[i];
    if (length > kMaxAnswerBytes) throw std::runtime_error("answer too long from " + path_);
    return length;
  }

  void receive(char* to, std::size_t size) const {
    if (size == 0) return;
    const ssize_t got = ::recv(connection_.get(), to, size, MSG_WAITALL);
    if (got < 0) fail("receive an answer from " + path_);
    if (static_cast<std::size_t>(got) != size) throw std::runtime_error(path_ + " hung up");
  }

  std::string path_;
  sockaddr_un address_;
  std::string job_;
  UniqueFd connection_;
};

}  // namespace

ClientPtr make_socket_client(const std::string& path, const Script& script) {
  return std::make_unique<SocketClient>(path, script);
}

}  // namespace executor::bench
