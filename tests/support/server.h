// A real server for the tests: serve/serve on a loopback port of its own, which starts nginx, the
// responder and everything that it starts. Knows how the server is started and stopped, nothing of
// what it answers.
//
// Environment: EXECUTOR_SOURCE names the source tree (default: found upwards from the working
// directory, then from this binary), EXECUTOR_BIN the directory of the built programs (default: the
// one above this binary's, else build/release), ESCAPE_TIER the tier of the server that tests share
// (default: full).
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/settings.h"

namespace executor::test {

// The server ended, or said nothing for too long, before it was ready.
class StartFailure : public std::runtime_error {
 public:
  StartFailure(std::optional<int> exit_code, const std::string& out, const std::string& err);

  // Empty when it had to be killed.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  [[nodiscard]] const std::string& err() const { return err_; }

 private:
  std::optional<int> exit_code_;
  std::string err_;
};

class Server {
 public:
  // Starts a server and waits until it says that it is ready. Throws StartFailure.
  explicit Server(const std::vector<std::string>& options);
  explicit Server(const Settings& settings) : Server(settings.options()) {}
  // The same on a port that the caller names.
  Server(std::uint16_t port, const std::vector<std::string>& options);
  // One whose stderr is not read: a pipe that is full from the start. Its log() is empty.
  static Server unread(const Settings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] pid_t pid() const;
  // What the server has written to its stderr so far.
  [[nodiscard]] std::string log() const;
  // The server's own directories, read from its processes' command lines: each is named after the
  // program and ends in the port. Those of its sockets and of what it executes among them.
  [[nodiscard]] std::vector<std::string> directories() const;

  // Sends `signal` to the server's first process alone, waits for its end and returns its exit code
  // (128 + n when signal n ended it). A server that does not end in time is killed and that is
  // thrown as std::runtime_error.
  int stop(int signal = SIGTERM);
  // SIGINT to its whole process group, as Ctrl-C on a terminal sends it. Waits for nothing.
  void press_ctrl_c();
  // The same, and then what stop() does.
  int interrupt();

 private:
  class Child;
  explicit Server(std::unique_ptr<Child> child);
  std::unique_ptr<Child> child_;
};

// The server that most tests share; started before the first test, stopped after the last.
Server& shared_server();

// The source tree that EXECUTOR_SOURCE names.
std::string source_directory();
// What it was started with.
const Settings& shared_settings();

// The fixture behind shared_server(), for BOOST_TEST_GLOBAL_FIXTURE.
struct SharedServer {
  SharedServer();
  ~SharedServer();
  SharedServer(const SharedServer&) = delete;
  SharedServer& operator=(const SharedServer&) = delete;
};

// The same but for the preload sets, two small ones, with which a server is ready several times
// sooner: for a server of a test's own, where the test is about no library.
Settings own_settings();

// A port of 127.0.0.1 that has no listener at this moment.
std::uint16_t free_port();

}  // namespace executor::test
