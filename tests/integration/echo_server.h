// A FastCGI server that echoes, and clients that speak to it without nginx. libfcgi's state and its
// signal handlers are the whole process's, so every server here lives in a process of its own.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/memory_budget.h"
#include "front/fastcgi.h"

namespace executor::test {

// The answer to the bodies "whole" and "parts": more than a socket holds.
const std::string& large_answer();

// A server with four threads in a child process, which takes bodies of at most 16 bytes, echoes
// route and body, and is stopped by stop(). To the body "stay" it replies, and then its handler
// reads from `held_up`.
class EchoServer {
 public:
  explicit EchoServer(const std::string& socket, const UniqueFd& inherited = UniqueFd(),
                      MemoryBudget* memory = nullptr, int held_up = -1);
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;
  ~EchoServer();

  // "ready", or why it could not be opened.
  [[nodiscard]] std::string word() const;
  [[nodiscard]] pid_t pid() const { return child_; }
  // "waiting, 0": a connection waits, and no request has been served.
  [[nodiscard]] std::string progress() const;
  // Asks it to stop. True when it has stopped on its own and in order.
  bool stop();

 private:
  UniqueFd control_;
  pid_t child_ = -1;
};

// With `keep`, the server leaves it to the client to close the connection.
std::string request_bytes(const std::string& body, bool keep = false);

// The text of the answer's records.
std::string text_of(const std::string& records);

// Everything that the server sends until it closes.
std::string rest_of(const UniqueFd& connection);

std::string answer_to(const std::string& socket, const std::string& bytes);

// The number that the process would give to its next descriptor.
rlim_t first_free_descriptor(pid_t pid);

bool contains(const std::string& text, const std::string& part);

}  // namespace executor::test
