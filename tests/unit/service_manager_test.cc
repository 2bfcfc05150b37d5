#include "telemetry/service_manager.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <future>
#include <string>

#include "base/fd.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// A service manager that only listens, at an address that the kernel chooses.
class Manager {
 public:
  Manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(::bind(socket_.get(), generic, sizeof(sa_family_t)) == 0);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::getsockname(socket_.get(), generic, &size) == 0);
    // The name is abstract: its first byte is zero, for which the variable has an at sign.
    const std::size_t length = size - sizeof(sa_family_t) - 1;
    ::setenv("NOTIFY_SOCKET", ("@" + std::string(address.sun_path + 1, length)).c_str(), 1);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager() { ::unsetenv("NOTIFY_SOCKET"); }

  // Its last notification.
  [[nodiscard]] std::string heard() const {
    std::array<char, 512> text{};
    const ssize_t size = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size > 0 ? std::string(text.data(), std::size_t(size)) : "nothing";
  }

 private:
  UniqueFd socket_;
};

BOOST_AUTO_TEST_SUITE(service_manager_test)

BOOST_AUTO_TEST_CASE(the_manager_is_notified_that_the_service_is_ready) {
  const Manager manager;
  notify_ready("serving");
  BOOST_TEST(manager.heard() == "READY=1\nSTATUS=serving");
  notify_status("stopping");
  BOOST_TEST(manager.heard() == "STATUS=stopping");
}

BOOST_AUTO_TEST_CASE(a_service_that_stops_asks_for_the_whole_of_its_grace_and_half_a_minute) {
  const Manager manager;
  notify_stopping(std::chrono::duration<double>(200.5));
  BOOST_TEST(manager.heard() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=230500000");
}

// The manager's last notification when the watchdog has asked often enough.
std::string heard_of_a_service_that(bool works) {
  constexpr std::chrono::milliseconds kLimit{40};
  const Manager manager;
  ::setenv("WATCHDOG_USEC", std::to_string(std::chrono::microseconds(kLimit).count()).c_str(), 1);
  std::promise<void> asked;
  {
    int times = 0;
    const Watchdog watchdog([&](std::chrono::microseconds interval) {
      if (interval <= kLimit / 2 && ++times == 5) asked.set_value();
      return works;
    });
    asked.get_future().wait();
  }
  ::unsetenv("WATCHDOG_USEC");
  return manager.heard();
}

BOOST_AUTO_TEST_CASE(the_watchdog_is_fed_while_the_service_works_and_only_then) {
  BOOST_TEST(heard_of_a_service_that(true) == "WATCHDOG=1");
  BOOST_TEST(heard_of_a_service_that(false) == "nothing");
}

BOOST_AUTO_TEST_CASE(without_a_manager_nothing_is_said) {
  std::string heard;
  {
    const Manager manager;
    ::unsetenv("NOTIFY_SOCKET");
    notify_ready("");
    heard = manager.heard();
  }
  BOOST_TEST(heard == "nothing");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
