#include "fastcgi_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "base/fd.h"
#include "message.h"
#include "support/fastcgi.h"

namespace executor::bench {
namespace {

using test::FastCgiRecord;
using test::kFastCgiHeader;

UniqueFd connect_to(const std::string& path) {
  UniqueFd connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = socket_address(path);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (!connection || ::connect(connection.get(), generic, sizeof address) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect to " + path);
  }
  return connection;
}

// Takes whole records off the front of `bytes`, appending what they say of the answer. True when
// the request has ended.
bool take_records(std::string& bytes, std::string& answer) {
  while (bytes.size() >= kFastCgiHeader) {
    const auto at = [&bytes](std::size_t i) { return std::size_t(std::uint8_t(bytes[i])); };
    const std::size_t content = at(4) << 8U | at(5);
    if (bytes.size() < kFastCgiHeader + content + at(6)) return false;
    const auto type = FastCgiRecord(bytes[1]);
    if (type == FastCgiRecord::kStdout) answer.append(bytes, kFastCgiHeader, content);
    bytes.erase(0, kFastCgiHeader + content + at(6));
    if (type == FastCgiRecord::kEnd) return true;
  }
  return false;
}

}  // namespace

Trip make_trip(const std::string& path, const std::string& body) {
  const std::string request =
      test::fastcgi_request({{"ROUTE", "execute"},
                             {"REQUEST_METHOD", "POST"},
                             {"CONTENT_TYPE", "application/json"},
                             {"CONTENT_LENGTH", std::to_string(body.size())},
                             {"REQUEST_ID", "bench"}},
                            body, true);
  Trip trip;
  trip.begun = Clock::now();
  const UniqueFd connection = connect_to(path);
  trip.connected = Clock::now();
  send_bytes(connection.get(), request);
  std::string bytes;
  std::array<char, 65536> part{};
  do {
    const ssize_t size = ::recv(connection.get(), part.data(), part.size(), 0);
    if (size <= 0) throw std::runtime_error("the responder has closed the connection");
    if (trip.first == Clock::time_point()) trip.first = Clock::now();
    bytes.append(part.data(), static_cast<std::size_t>(size));
  } while (!take_records(bytes, trip.answer));
  trip.ended = Clock::now();
  return trip;
}

}  // namespace executor::bench
