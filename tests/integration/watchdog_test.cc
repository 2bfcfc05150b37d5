// The responder as started by a service manager with a watchdog.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "support/fastcgi.h"
#include "support/sandbox.h"
#include "support/sockets.h"

namespace executor {
namespace {

using test::await;
using test::connect_to;

constexpr const char* kAsked = "100000";  // microseconds: four times as often
constexpr const char* kComplaint = "connections are pending but no request completes";

class Responder {
 public:
  Responder() : manager_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = test::address_of(scratch_.path("manager"));
    BOOST_REQUIRE(
        ::bind(manager_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    child_ = ::fork();
    BOOST_REQUIRE(child_ >= 0);
    if (child_ == 0) execute();
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder() {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
  }

  [[nodiscard]] std::string socket() const { return scratch_.path("socket"); }
  // The manager's next notification; "nothing" when there is none within that time.
  [[nodiscard]] std::string told(int milliseconds = 30'000) const {
    std::array<char, 512> text{};
    pollfd readable{manager_.get(), POLLIN, 0};
    if (::poll(&readable, 1, milliseconds) != 1) return "nothing";
    const ssize_t size = ::recv(manager_.get(), text.data(), text.size(), 0);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "nothing";
  }
  // A sender waits until there is room for its notification.
  void forget_told() const {
    while (told(0) != "nothing") {
    }
  }
  // How often its log says that no request completes.
  [[nodiscard]] int complaints() const {
    std::ifstream file(scratch_.path("log"));
    const std::string log((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    int count = 0;
    for (std::size_t at = 0; (at = log.find(kComplaint, at)) != std::string::npos; ++at) ++count;
    return count;
  }

 private:
  [[noreturn]] void execute() const {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int log = ::open(scratch_.path("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDERR_FILENO);
    ::setenv("NOTIFY_SOCKET", scratch_.path("manager").c_str(), 1);
    ::setenv("WATCHDOG_USEC", kAsked, 1);
    const std::string runner = test::jail_options().runner;
    const std::string program = std::filesystem::path(runner).replace_filename("python-executor");
    // The shortest patience that is allowed: eight seconds for the start of a worker.
    std::vector<std::string> words = {program,
                                      "--socket=" + socket(),
                                      "--tier=namespaces",
                                      "--minimum-tier=namespaces",
                                      "--preload=light:",
                                      "--workers=1",
                                      "--queue=1",
                                      "--queue-wait-seconds=0.1",
                                      "--max-timeout-seconds=0.1",
                                      "--script-timeout-seconds=0.1",
                                      "--code-timeout-seconds=0.1",
                                      "--front-timeout-seconds=8.3"};
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execv(program.c_str(), pointers.data());
    ::_exit(127);
  }

  const test::Scratch scratch_;
  UniqueFd manager_;
  pid_t child_ = -1;
};

BOOST_AUTO_TEST_SUITE(watchdog_test)

BOOST_AUTO_TEST_CASE(watchdog_is_not_fed_while_no_request_completes) {
  const Responder responder;
  BOOST_REQUIRE(responder.told() == "READY=1\nSTATUS=serving");
  std::string next = responder.told();
  if (next == "STATUS=serving") next = responder.told();  // of all preload sets
  BOOST_REQUIRE(next == "WATCHDOG=1");
  const std::string begun = test::fastcgi_request({}, "").substr(0, 20);
  std::vector<UniqueFd> held;  // more than there are threads
  for (int i = 0; i < 64; ++i) {
    held.push_back(connect_to(responder.socket()));
    BOOST_REQUIRE(::send(held.back().get(), begun.data(), begun.size(), MSG_NOSIGNAL) > 0);
  }
  BOOST_TEST(await([&] {
    responder.forget_told();
    return responder.complaints() > 0;
  }));
  responder.forget_told();
  const int before = responder.complaints();
  BOOST_TEST(await([&] { return responder.complaints() > before + 10; }));
  BOOST_TEST(responder.told(0) == "nothing");
  held.clear();
  BOOST_TEST(responder.told() == "WATCHDOG=1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
