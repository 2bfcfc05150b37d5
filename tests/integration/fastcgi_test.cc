// The server and its socket. libfcgi's state and its signal handlers are the whole process's, so
// every server here lives in a process of its own.
#include "front/fastcgi.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "support/fastcgi.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/sockets.h"

namespace executor {
namespace {

using test::await;
using test::connect_to;
using test::free_address;
using test::listening_port;
using test::listening_socket;
using test::Scratch;
using test::sleeps_of;

FastCgiOptions options(const std::string& socket) {
  return {.socket = socket, .threads = 4, .max_body = 16};
}

// More than a socket holds.
const std::string kLarge(2 << 20, 'x');

// What a handler that has replied waits for.
UniqueFd held_up;

// A server in a child process, which echoes route and body, and is stopped by stop().
class Server {
 public:
  explicit Server(const std::string& socket, const UniqueFd& inherited = UniqueFd(),
                  MemoryBudget* memory = nullptr) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    control_.reset(ends[0]);
    const UniqueFd theirs(ends[1]);
    child_ = ::fork();
    BOOST_REQUIRE(child_ >= 0);
    if (child_ == 0) ::_exit(serve(socket, theirs.get(), inherited, memory));
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
  }

  // "ready", or why it could not be opened.
  [[nodiscard]] std::string word() const {
    std::array<char, 512> text{};
    pollfd readable{control_.get(), POLLIN, 0};
    if (::poll(&readable, 1, 30'000) != 1) return "nothing";
    const ssize_t size = ::read(control_.get(), text.data(), text.size());
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "nothing";
  }
  [[nodiscard]] pid_t pid() const { return child_; }
  // "waiting, 0": a connection waits, and no request has been served.
  [[nodiscard]] std::string progress() const {
    return ::send(control_.get(), "?", 1, MSG_NOSIGNAL) == 1 ? word() : "nothing";
  }
  // Asks it to stop. True when it has stopped on its own and in order.
  bool stop() {
    ::shutdown(control_.get(), SHUT_WR);
    int status = -1;
    const bool ended = await([this, &status] { return ::waitpid(child_, &status, WNOHANG) != 0; });
    if (ended) child_ = -1;
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  static int serve(const std::string& socket, int control, const UniqueFd& inherited,
                   MemoryBudget* memory) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    FastCgiOptions chosen = options(socket);
    chosen.memory = memory;
    auto server = FastCgiServer::open(chosen, UniqueFd(::dup(inherited.get())));
    const std::string word = server ? "ready" : server.error().text();
    if (!server) return ::write(control, word.data(), word.size()) > 0 ? 1 : 2;
    const Handler echo = [](const Request& request, Reply& reply) {
      if (request.body == "stay") {
        reply.send({.status = 400, .body = "refused", .headers = {}});
        char end = 0;
        (void)!::read(held_up.get(), &end, 1);
        return;
      }
      if (request.body == "whole")
        return reply.send({.status = 200, .body = kLarge, .headers = {}});
      if (request.body == "parts") {
        reply.begin({.status = 200, .body = {}, .headers = {}});
        reply.add(kLarge);
        return reply.finish();
      }
      reply.send({.status = 200,
                  .body = request.route + ":" +
                          (request.body_too_large ? "too large" : request.body) +
                          (request.on_reserve ? ", on reserve" : "") +
                          (request.at_capacity ? "at capacity" : ""),
                  .headers = {{"X-Test", "yes"}}});
    };
    server->start(echo);
    if (::write(control, word.data(), word.size()) < 0) return 2;
    char byte = 0;
    while (::read(control, &byte, 1) > 0) {
      const Progress now = server->progress();
      const std::string told = (now.pending ? "waiting, " : "") + std::to_string(now.served);
      if (::write(control, told.data(), told.size()) < 0) return 2;
    }
    server->stop_accepting(Deadline::after(std::chrono::seconds(30)));
    server->stop();
    return 0;
  }

  UniqueFd control_;
  pid_t child_ = -1;
};

std::string request_bytes(const std::string& body) {
  return test::fastcgi_request({{"ROUTE", "execute"},
                                {"REQUEST_METHOD", "POST"},
                                {"CONTENT_LENGTH", std::to_string(body.size())}},
                               body);
}

// Everything that the server sends until it closes.
std::string rest_of(const UniqueFd& connection) {
  std::string answer;
  std::array<char, 4096> part{};
  pollfd readable{connection.get(), POLLIN, 0};
  while (::poll(&readable, 1, 30'000) == 1) {
    const ssize_t size = ::read(connection.get(), part.data(), part.size());
    if (size <= 0) break;
    answer.append(part.data(), static_cast<std::size_t>(size));
  }
  return answer;
}

std::string answer_to(const std::string& socket, const std::string& bytes) {
  const UniqueFd connection = connect_to(socket);
  BOOST_REQUIRE(static_cast<bool>(connection));
  BOOST_REQUIRE(::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
  return rest_of(connection);
}

rlim_t first_free_descriptor(pid_t pid) {
  rlim_t number = 0;
  const std::string directory = "/proc/" + std::to_string(pid) + "/fd/";
  while (std::filesystem::exists(
      std::filesystem::symlink_status(directory + std::to_string(number)))) {
    ++number;
  }
  return number;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(fastcgi_test)

BOOST_AUTO_TEST_CASE(a_request_reaches_the_handler_and_its_answer_the_client) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  const std::string answer = answer_to(scratch.path("socket"), request_bytes("hello"));
  BOOST_TEST(contains(answer, "Status: 200 OK\r\n"));
  BOOST_TEST(contains(answer, "X-Test: yes\r\n"));
  BOOST_TEST(contains(answer, "Content-Length: 13\r\n"));
  BOOST_TEST(contains(answer, "\r\n\r\nexecute:hello"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(a_body_of_the_limit_is_passed_on_and_a_larger_one_is_not) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  const std::string limit(16, 'x');
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes(limit)), ":" + limit));
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes(limit + "x")), ":too large"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(the_socket_is_for_its_owner_and_group_only_and_goes_with_the_server) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  struct stat status {};
  BOOST_REQUIRE(::stat(scratch.path("socket").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777U) == 0660U);
  BOOST_TEST(server.stop());
  BOOST_TEST(!std::filesystem::exists(scratch.path("socket")));
}

BOOST_AUTO_TEST_CASE(a_socket_on_which_another_process_listens_is_refused_and_left_alone) {
  const Scratch scratch;
  const std::string path = scratch.path("socket");
  const UniqueFd other = listening_socket(path);
  const Server server(path);
  BOOST_TEST(server.word() == "listen on " + path + ": another process is already listening");
  BOOST_TEST(static_cast<bool>(connect_to(path)));
}

BOOST_AUTO_TEST_CASE(an_inherited_socket_stays_and_what_waits_in_it_is_served_by_the_next) {
  const Scratch scratch;
  const std::string path = scratch.path("socket");
  const UniqueFd listener = listening_socket(path);
  Server first(path, listener);
  BOOST_REQUIRE(first.word() == "ready");
  BOOST_TEST(contains(answer_to(path, request_bytes("one")), ":one"));
  BOOST_TEST(first.stop());
  UniqueFd waiting = connect_to(path);
  const std::string bytes = request_bytes("two");
  BOOST_REQUIRE(::send(waiting.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
  Server second(path, listener);
  BOOST_REQUIRE(second.word() == "ready");
  BOOST_TEST(contains(rest_of(waiting), ":two"));
  waiting.reset();
  BOOST_TEST(second.stop());
}

BOOST_AUTO_TEST_CASE(a_socket_that_a_dead_process_has_left_is_replaced) {
  const Scratch scratch;
  const std::string path = scratch.path("socket");
  listening_socket(path).reset();
  BOOST_TEST(!connect_to(path));
  Server server(path);
  BOOST_REQUIRE(server.word() == "ready");
  BOOST_TEST(contains(answer_to(path, request_bytes("again")), ":again"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket_is_not_removed) {
  const Scratch scratch;
  const std::string path = scratch.file("precious", "data");
  const Server server(path);
  BOOST_TEST(contains(server.word(), path));
  BOOST_TEST(std::filesystem::file_size(path) == 4U);
}

BOOST_AUTO_TEST_CASE(a_socket_in_a_directory_that_does_not_exist_is_refused_and_named) {
  const Server server("/nonexistent/socket");
  BOOST_TEST(server.word() == "make the socket /nonexistent/socket: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_socket_path_that_is_too_long_is_refused) {
  const Server server("/tmp/" + std::string(200, 'x'));
  BOOST_TEST(contains(server.word(), "it is too long"));
}

BOOST_AUTO_TEST_CASE(stopping_does_not_wait_for_connections_that_say_nothing) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  std::vector<UniqueFd> silent;  // more than there are threads
  for (int i = 0; i < 8; ++i) silent.push_back(connect_to(scratch.path("socket")));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(silent_connections_do_not_block_others) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 8; ++i) silent.push_back(connect_to(scratch.path("socket")));
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("me")), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_request_end_their_connection_and_nothing_else) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  for (const std::string& bytes :
       {std::string(64, '\xFF'), std::string(64, '\0'), std::string("GET / HTTP/1.1\r\n\r\n")}) {
    BOOST_TEST(!contains(answer_to(scratch.path("socket"), bytes), "Status: 200"));
  }
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("me")), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(requests_that_are_broken_off_cost_no_thread) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  const std::string whole = request_bytes("me");
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const UniqueFd connection = connect_to(scratch.path("socket"));
    BOOST_REQUIRE(::send(connection.get(), whole.data(), length, MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(length));
  }
  BOOST_TEST(contains(answer_to(scratch.path("socket"), whole), ":me"));
  BOOST_TEST(server.stop());
}

// The text of the answer's records.
std::string text_of(const std::string& records) {
  std::string text;
  for (std::size_t at = 0; at + test::kFastCgiHeader <= records.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(records[at + i]); };
    const std::size_t size = byte(4) * 256U + byte(5);
    if (records[at + 1] == char(test::FastCgiRecord::kStdout)) {
      text += records.substr(at + test::kFastCgiHeader, size);
    }
    at += test::kFastCgiHeader + size + byte(6);
  }
  return text;
}

BOOST_AUTO_TEST_CASE(readers_that_take_nothing_hold_no_thread_and_get_everything_later) {
  for (const std::string how : {"whole", "parts"}) {
    const Scratch scratch;
    Server server(scratch.path("socket"));
    BOOST_REQUIRE(server.word() == "ready");
    const std::string bytes = request_bytes(how);
    std::vector<UniqueFd> slow;  // more than there are threads
    for (int i = 0; i < 8; ++i) {
      slow.push_back(connect_to(scratch.path("socket")));
      BOOST_REQUIRE(::send(slow.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(bytes.size()));
    }
    BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("me")), ":me"));
    for (const UniqueFd& connection : slow) {
      BOOST_TEST(text_of(rest_of(connection)).ends_with("\r\n\r\n" + kLarge));
    }
    BOOST_TEST(server.stop());
  }
}

BOOST_AUTO_TEST_CASE(an_answer_makes_room_for_the_next_request_whatever_its_thread_still_does) {
  const Scratch scratch;
  MemoryBudget of_one(1 << 20, 1);
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  held_up.reset(ends[0]);
  UniqueFd until(ends[1]);
  Server server(scratch.path("socket"), UniqueFd(), &of_one);
  BOOST_REQUIRE(server.word() == "ready");
  for (int i = 0; i < 3; ++i) {  // fewer than there are threads
    BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("stay")), "refused"));
  }
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("next")), ":next"));
  BOOST_TEST(::write(until.get(), "...", 3) == 3);
  BOOST_TEST(server.stop());
}

// A client that is still sending must be able to, or it would see that instead of its answer.
BOOST_AUTO_TEST_CASE(a_request_for_which_there_is_no_room_is_refused_before_its_body_has_come) {
  const Scratch scratch;
  MemoryBudget none(1 << 20, 0);
  Server server(scratch.path("socket"), UniqueFd(), &none);
  BOOST_REQUIRE(server.word() == "ready");
  const std::string bytes = request_bytes("never comes");
  const std::size_t without_body = bytes.size() - 11 - 2 * test::kFastCgiHeader;
  std::vector<UniqueFd> refused;  // more than there are threads
  for (int i = 0; i < 8; ++i) {
    refused.push_back(connect_to(scratch.path("socket")));
    BOOST_REQUIRE(::send(refused.back().get(), bytes.data(), without_body, MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(without_body));
  }
  for (const UniqueFd& connection : refused) {
    std::array<char, 4096> part{};
    pollfd readable{connection.get(), POLLIN, 0};
    BOOST_REQUIRE(::poll(&readable, 1, 30'000) == 1);
    const ssize_t size = ::read(connection.get(), part.data(), part.size());
    BOOST_TEST(contains({part.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))},
                        "\r\n\r\nexecute:at capacity"));
    BOOST_TEST(::send(connection.get(), bytes.data() + without_body, bytes.size() - without_body,
                      MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size() - without_body));
  }
  refused.clear();
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(who_waits_while_every_thread_is_held_can_be_seen) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  BOOST_TEST(server.progress() == "0");
  const std::string bytes = request_bytes("me");
  std::vector<UniqueFd> connections;
  for (int i = 0; i < 4; ++i) {  // one for each thread
    connections.push_back(connect_to(scratch.path("socket")));
    BOOST_REQUIRE(::send(connections.back().get(), bytes.data(), 20, MSG_NOSIGNAL) == 20);
  }
  BOOST_TEST(await([&] { return server.progress() == "0"; }));  // each is with its thread
  const UniqueFd waiting = connect_to(scratch.path("socket"));
  BOOST_REQUIRE(::send(waiting.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
  for (int look = 0; look < 100; ++look) BOOST_TEST(server.progress() == "waiting, 0");
  connections.clear();  // which is an end of them, too
  BOOST_TEST(contains(rest_of(waiting), ":me"));
  BOOST_TEST(await([&] { return server.progress() == "5"; }));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(a_lack_of_descriptors_costs_no_thread_and_delays_waiting_requests) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  rlimit before{};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
  const rlimit none{2, before.rlim_max};  // poll(2) may not have more descriptors than that
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &none, nullptr) == 0);
  std::vector<UniqueFd> waiting;  // more than there are threads
  const std::string bytes = request_bytes("me");
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(connect_to(scratch.path("socket")));
    BOOST_REQUIRE(::send(waiting.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
  }
  // Each thread has tried more than once: a thread that fails sleeps before the next attempt.
  const long slept = sleeps_of(server.pid());
  BOOST_TEST(await([&] { return sleeps_of(server.pid()) > slept + 40; }));
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &before, nullptr) == 0);
  for (UniqueFd& connection : waiting) {
    BOOST_TEST(contains(rest_of(connection), ":me"));
    connection.reset();
  }
  BOOST_TEST(server.stop());
}

// As long as it lasts each connection is let in, one at a time, to be refused.
BOOST_AUTO_TEST_CASE(requests_are_refused_when_descriptors_are_exhausted) {
  const Scratch scratch;
  Server server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  const auto first_free = first_free_descriptor(server.pid());
  // A connection whose answer was read late is closed only when its thread has the next one, which
  // would find its descriptor then.
  int served = 0;
  BOOST_TEST(await([&] {
    const std::string answer = answer_to(scratch.path("socket"), request_bytes("me"));
    BOOST_TEST(contains(answer, "execute:me"), answer);
    ++served;
    BOOST_TEST(await([&] { return server.progress() == std::to_string(served); }));
    return first_free_descriptor(server.pid()) == first_free;
  }));
  rlimit before{};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
  const rlimit all_taken{first_free, before.rlim_max};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &all_taken, nullptr) == 0);
  for (int i = 0; i < 20; ++i) {
    const std::string answer = answer_to(scratch.path("socket"), request_bytes("me"));
    BOOST_TEST(contains(answer, "execute:me, on reserve"), answer);
    // The reserve is back: before, a new connection would find the descriptor that has become free.
    ++served;
    BOOST_TEST(await([&] { return server.progress() == std::to_string(served); }));
  }
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &before, nullptr) == 0);
  BOOST_TEST(await([&] {
    return !contains(answer_to(scratch.path("socket"), request_bytes("me")), "reserve");
  }));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(a_request_over_tcp_is_answered_as_one_over_a_path_is) {
  const std::string address = free_address();
  Server server(address);
  BOOST_REQUIRE(server.word() == "ready");
  BOOST_TEST(contains(answer_to(address, request_bytes("hello")), "\r\n\r\nexecute:hello"));
  BOOST_TEST(server.stop());
  BOOST_TEST(!connect_to(address));
  Server again(address);  // at once
  BOOST_TEST(again.word() == "ready");
}

BOOST_AUTO_TEST_CASE(a_port_on_which_another_process_listens_is_refused) {
  const auto [other, address] = listening_port();
  const Server server(address);
  BOOST_TEST(server.word() == "listen on " + address + ": Address already in use");
}

BOOST_AUTO_TEST_CASE(an_invalid_address_is_refused_and_named) {
  for (const std::string text :
       {"nowhere", ":9000", "127.0.0.1:http", "localhost:9000", "999.1.1.1:9000", "[]:1"}) {
    BOOST_TEST_CONTEXT(text) {
      const Server server(text);
      BOOST_TEST(contains(server.word(), "use the socket " + text + ": "));
    }
  }
}

BOOST_AUTO_TEST_CASE(silent_tcp_connections_do_not_block_others) {
  const std::string address = free_address();
  Server server(address);
  BOOST_REQUIRE(server.word() == "ready");
  std::vector<UniqueFd> silent;  // as many as there are threads
  for (int i = 0; i < 4; ++i) silent.push_back(connect_to(address));
  BOOST_TEST(contains(answer_to(address, request_bytes("me")), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
