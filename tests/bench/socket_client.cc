#include "socket_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/fd.h"
#include "message.h"
#include "script.h"

namespace executor::bench {
namespace {

class SocketClient final : public Client {
 public:
  SocketClient(const std::string& path, const Script& script)
      : path_(path), address_(socket_address(path)), job_(to_message(script.source)) {}

  std::string run() override {
    connect();
    send_bytes(connection_.get(), job_);
    return receive_message(connection_.get());
  }

  void finish() override { connection_.reset(); }

 private:
  void connect() {
    connection_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* address = reinterpret_cast<const sockaddr*>(&address_);
    if (!connection_ || ::connect(connection_.get(), address, sizeof address_) != 0) {
      throw std::system_error(errno, std::generic_category(), "connect to " + path_);
    }
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
