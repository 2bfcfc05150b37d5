#include "integration/echo_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "support/boost_test.h"
#include "support/fastcgi.h"
#include "support/sandbox.h"
#include "support/sockets.h"

namespace executor::test {
namespace {

void reply_to(const Request& request, Reply& reply, int held_up) {
  if (request.body == "stay") {
    reply.send({.status = 400, .body = "refused", .headers = {}});
    char end = 0;
    (void)!::read(held_up, &end, 1);
    return;
  }
  if (request.body == "whole")
    return reply.send({.status = 200, .body = large_answer(), .headers = {}});
  if (request.body == "parts") {
    reply.begin({.status = 200, .body = {}, .headers = {}});
    reply.add(large_answer());
    return reply.finish();
  }
  reply.send({.status = 200,
              .body = request.route + ":" + (request.body_too_large ? "too large" : request.body) +
                      (request.on_reserve ? ", on reserve" : "") +
                      (request.at_capacity ? "at capacity" : ""),
              .headers = {{"X-Test", "yes"}}});
}

// The child's exit status.
int serve(const FastCgiOptions& options, int control, const UniqueFd& inherited, int held_up) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto server = FastCgiServer::open(options, UniqueFd(::dup(inherited.get())));
  const std::string word = server ? "ready" : server.error().text();
  if (!server) return ::write(control, word.data(), word.size()) > 0 ? 1 : 2;
  const Handler echo = [held_up](const Request& request, Reply& reply) {
    reply_to(request, reply, held_up);
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

}  // namespace

const std::string& large_answer() {
  static const std::string large(2 << 20, 'x');
  return large;
}

EchoServer::EchoServer(const std::string& socket, const UniqueFd& inherited, MemoryBudget* memory,
                       int held_up) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  control_.reset(ends[0]);
  const UniqueFd theirs(ends[1]);
  FastCgiOptions options{.socket = socket, .threads = 4, .max_body = 16};
  options.memory = memory;
  child_ = ::fork();
  BOOST_REQUIRE(child_ >= 0);
  if (child_ == 0) ::_exit(serve(options, theirs.get(), inherited, held_up));
}

EchoServer::~EchoServer() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
}

std::string EchoServer::word() const {
  std::array<char, 512> text{};
  pollfd readable{control_.get(), POLLIN, 0};
  if (::poll(&readable, 1, 30'000) != 1) return "nothing";
  const ssize_t size = ::read(control_.get(), text.data(), text.size());
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "nothing";
}

std::string EchoServer::progress() const {
  return ::send(control_.get(), "?", 1, MSG_NOSIGNAL) == 1 ? word() : "nothing";
}

bool EchoServer::stop() {
  ::shutdown(control_.get(), SHUT_WR);
  int status = -1;
  const bool ended = await([this, &status] { return ::waitpid(child_, &status, WNOHANG) != 0; });
  if (ended) child_ = -1;
  return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string request_bytes(const std::string& body, bool keep) {
  return fastcgi_request({{"ROUTE", "execute"},
                          {"REQUEST_METHOD", "POST"},
                          {"CONTENT_LENGTH", std::to_string(body.size())}},
                         body, keep);
}

std::string text_of(const std::string& records) {
  std::string text;
  for (std::size_t at = 0; at + kFastCgiHeader <= records.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(records[at + i]); };
    const std::size_t size = byte(4) * 256U + byte(5);
    if (records[at + 1] == char(FastCgiRecord::kStdout)) {
      text += records.substr(at + kFastCgiHeader, size);
    }
    at += kFastCgiHeader + size + byte(6);
  }
  return text;
}

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

}  // namespace executor::test
