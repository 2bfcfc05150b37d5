// Clients that send or read slowly, many of them: they wait, and cost no other client anything.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "base/fd.h"
#include "e2e/limits.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;

// As many descriptors as this process may have, for as long as this lives.
class ManyDescriptors {
 public:
  ManyDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit most{before_.rlim_max, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &most);
  }
  ~ManyDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  ManyDescriptors(const ManyDescriptors&) = delete;
  ManyDescriptors& operator=(const ManyDescriptors&) = delete;

 private:
  rlimit before_{};
};

// A connection that takes few bytes before they are read.
UniqueFd connect_to(std::uint16_t port) {
  UniqueFd connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  constexpr int kFew = 4096;
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVBUF, &kFew, sizeof kFew);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  BOOST_REQUIRE(::connect(connection.get(), generic, sizeof address) == 0);
  return connection;
}

UniqueFd begin(std::uint16_t port, std::string_view bytes) {
  UniqueFd connection = connect_to(port);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    BOOST_REQUIRE(sent > 0);
    bytes.remove_prefix(std::size_t(sent));
  }
  return connection;
}

std::string head_of_request(std::size_t length) {
  return "POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(length) + "\r\n\r\n";
}

std::vector<Process> nginx_of(const Server& server) {
  return with_command(descendants(server.pid()), "nginx: worker");
}

// Bytes of memory that no other process shares.
std::size_t memory_of(const std::vector<Process>& processes) {
  std::size_t kilobytes = 0;
  for (const Process& process : processes) {
    std::ifstream status("/proc/" + std::to_string(process.pid) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("RssAnon:")) kilobytes += std::stoul(line.substr(8));
    }
  }
  return kilobytes * kKiB;
}

// Bytes in files that have no name any more: in which nginx keeps bodies and answers.
std::size_t waiting_in_files(const std::vector<Process>& processes) {
  std::size_t bytes = 0;
  for (const Process& process : processes) {
    const fs::path descriptors = "/proc/" + std::to_string(process.pid) + "/fd";
    for (const auto& entry : fs::directory_iterator(descriptors)) {
      std::error_code error;
      const std::string target = fs::read_symlink(entry.path(), error).string();
      if (!target.ends_with(" (deleted)")) continue;
      const auto size = fs::file_size(entry.path(), error);
      if (!error) bytes += size;
    }
  }
  return bytes;
}

// How far each has got: the first bytes of its answer, which stay unread.
std::string progress_of(const std::vector<UniqueFd>& clients) {
  std::string text;
  for (const UniqueFd& client : clients) {
    std::string bytes(12, '\0');  // "HTTP/1.1 200"
    const ssize_t size = ::recv(client.get(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    text += size < 0 ? "nothing" : bytes.substr(0, std::size_t(size));
    text += ", ";
  }
  return text;
}

// What nginx has taken of what slow clients have sent, or have not read, is in files.
void check_that_memory_stays(const Server& server, const std::vector<UniqueFd>& clients,
                             std::size_t before, std::size_t taken) {
  constexpr std::size_t kMore = 16 * kMiB;
  std::size_t in_files = 0, in_memory = 0;
  BOOST_TEST(await([&] {
               const std::vector<Process> nginx = nginx_of(server);  // one may only just have begun
               in_files = waiting_in_files(nginx);
               in_memory = memory_of(nginx);
               return in_files + in_memory >= before + taken;
             }),
             progress_of(clients) << in_files << " bytes in files, " << in_memory << " in memory, "
                                  << before << " before");
  BOOST_TEST(in_memory < before + kMore);
}

void check_that_others_are_served(const Server& server) {
  BOOST_TEST(get(server.port(), "/health").status == 200);
  BOOST_TEST(get(server.port(), "/metrics").status == 200);
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(slow_clients)

BOOST_AUTO_TEST_CASE(while_2200_headers_are_unfinished_others_are_served) {
  constexpr int kClients = 2200;
  const ManyDescriptors many;
  const Server server(own_settings());
  std::vector<UniqueFd> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(begin(server.port(), "POST /execute HTTP/1.1\r\nHost: localhost\r\n"));
  }
  check_that_others_are_served(server);
}

BOOST_AUTO_TEST_CASE(bodies_that_do_not_end_take_no_memory_and_others_are_served) {
  constexpr std::size_t kClients = 30;
  const std::string part(1000 * kKiB, ' ');
  const Server server(own_settings());
  const std::size_t before = memory_of(nginx_of(server));
  std::vector<UniqueFd> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(begin(server.port(), head_of_request(part.size() + 1) + part));
  }
  check_that_memory_stays(server, clients, before, kClients * 900 * kKiB);
  check_that_others_are_served(server);
}

BOOST_AUTO_TEST_CASE(answers_that_are_not_read_take_no_memory_and_others_are_served) {
  constexpr std::size_t kClients = 8;
  const std::string body = request_body("script", "def main():\n    return 'x' * (7 << 20)");
  const Server server(own_settings());
  const std::size_t before = memory_of(nginx_of(server));
  std::vector<UniqueFd> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(begin(server.port(), head_of_request(body.size()) + body));
  }
  check_that_memory_stays(server, clients, before, kClients * 2 * kMiB);
  check_that_others_are_served(server);
}

BOOST_AUTO_TEST_CASE(
    requests_of_one_address_over_its_limit_are_answered_with_429_and_health_with_200) {
  constexpr std::size_t kAtOnce = 6;
  std::vector<std::string> options = own_settings().options();
  options.insert(options.end(), {"--connections-per-address", std::to_string(kAtOnce)});
  const Server server(options);
  std::vector<UniqueFd> clients;
  Response refused;
  const auto try_it = [&] {
    refused =
        post_json(server.port(), "/execute", request_body("script", "def main():\n    return 1"));
    return refused.status;
  };
  // Again and again: those that have begun are not counted before nginx has looked at them, nor
  // after they have taken too long.
  BOOST_TEST(await([&] {
    clients.clear();
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      clients.push_back(begin(server.port(), head_of_request(1000) + "{"));
    }
    return try_it() == 429;
  }));
  BOOST_TEST(refused.json() ==
             json(R"({"error": "Too many requests: at most 6 at once from one address", )"
                  R"("error_type": "too_many_requests"})"));
  BOOST_TEST(!refused.header("Retry-After").empty());
  BOOST_TEST(get(server.port(), "/health").status == 200);
  clients.clear();
  BOOST_TEST(await([&] { return try_it() == 200; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
