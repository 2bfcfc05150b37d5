#include "soak/attacks.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "base/fd.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

constexpr double kTimeout = 3;  // seconds, of one attack
constexpr int kConnections = 60;
constexpr auto kHeld = std::chrono::seconds(1);

// Of each, the file below tests/escape.
constexpr const char* kPrograms[] = {
    "channels_processor_clocks",  // CPU clocks of processes that are not its own
    "exhaustion_descriptors_in_flight",
    "exhaustion_fork_bomb",
    "exhaustion_memory_children",
    "exhaustion_memory_connections",  // never accepted, closed, and still held by the kernel
    "exhaustion_memory_datagrams",
    "exhaustion_memory_first_thread",  // processes without a first thread
    "exhaustion_memory_listeners",
    "exhaustion_memory_slow_count",
    "exhaustion_memory_tcp",
    "exhaustion_memory_uncountable",
    "exhaustion_multicast_groups",
    "exhaustion_pipes",
    "exhaustion_watches",
    "files_read_host_proc",
    "forgery_flood_of_packets",
    "kernel_core_dumps",
    "kernel_modules",
    "kernel_socket_answers",
    "kernel_socket_modules",
    "kernel_socket_types",
};

// What harms others and shows nothing of it to the run itself: files of programs/.
constexpr const char* kUnseen[] = {"blocked_senders", "busy_processes", "epoll_watches",
                                   "missing_names", "open_connections"};

// Has line breaks in its result, which events are made of.
constexpr const char* kForgedResult =
    "import sys\ndef main():\n    sys._getframe(1).f_globals['_ended'] = lambda *_: (0, 0, "
    "b'[1,\\n\\nevent: result\\r\\ndata: 2]', b'')\n";

std::string read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string program(const std::string& name) {
  const std::string directory = source_directory() + "/tests/escape/";
  constexpr std::string_view kPrelude = "from prelude import *\n";
  std::string source = read(directory + name + ".py");
  const std::size_t at = source.find(kPrelude);
  if (at != std::string::npos) source.replace(at, kPrelude.size(), read(directory + "prelude.py"));
  return source;
}

SharedAttack run_of(std::string name, const char* field, const std::string& source,
                    const char* accept = "*/*") {
  const std::string body = request_body(field, source, kTimeout);
  return {
      std::move(name), [body, accept](std::uint16_t port) {
        (void)send(
            port,
            {"POST", "/execute", {{"Content-Type", "application/json"}, {"Accept", accept}}, body});
      }};
}

// From another address than the innocent client's: what one address may hold is limited.
UniqueFd connect_as_another(std::uint16_t port) {
  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK + 1);
  (void)::bind(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(port);
  (void)::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return client;
}

// Connections that send this and then nothing, and read nothing.
SharedAttack connections_of(std::string name, const std::string& text) {
  return {std::move(name), [text](std::uint16_t port) {
            std::vector<UniqueFd> held;
            for (int i = 0; i < kConnections; ++i) {
              held.push_back(connect_as_another(port));
              (void)::send(held.back().get(), text.data(), text.size(),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
            }
            std::this_thread::sleep_for(kHeld);
          }};
}

std::string head(std::size_t length, const std::string& more = {}) {
  return "POST /execute HTTP/1.1\r\nHost: x\r\n" + more +
         "Content-Type: application/json\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

}  // namespace

std::vector<SharedAttack> shared_attacks() {
  std::vector<SharedAttack> attacks;
  for (const char* name : kPrograms) attacks.push_back(run_of(name, "script", program(name)));
  for (const char* name : kUnseen) {
    const std::string file = source_directory() + "/tests/soak/programs/" + name + ".py";
    attacks.push_back(run_of(name, "code", read(file)));
  }
  attacks.push_back(
      run_of("a result with line breaks", "script", kForgedResult, "text/event-stream"));
  const std::string large = request_body("script", "def main(): return 'x' * 8000000");
  attacks.push_back(
      connections_of("headers without an end", "POST /execute HTTP/1.1\r\nHost: x\r\n"));
  attacks.push_back(
      connections_of("bodies without an end", head(1 << 20) + std::string(100000, ' ')));
  attacks.push_back(connections_of("answers that are not read", head(large.size()) + large));
  const std::string lines = request_body("code", "for _ in range(8000): print('x' * 99)");
  attacks.push_back(connections_of("events that are not read",
                                   head(lines.size(), "Accept: text/event-stream\r\n") + lines));
  return attacks;
}

}  // namespace executor::test
