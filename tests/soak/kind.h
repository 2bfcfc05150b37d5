// The kinds of requests that the soak consists of, and what must come of each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/http.h"

namespace executor::test {

// One client of the mix: it keeps a connection for requests that do not spoil it.
class Caller {
 public:
  explicit Caller(std::uint16_t port) : port_(port) {}

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Over the kept connection.
  Response send(const Request& request);

 private:
  std::uint16_t port_;
  std::unique_ptr<Connection> kept_;
};

struct Kind {
  std::string_view name;
  int weight;  // requests of this kind, of all weights together
  // Makes one request, which carries `token` (digits that no other request has), and returns "" or
  // what is wrong with its answer.
  std::function<std::string(Caller& caller, const std::string& token)> request;
};

// Scripts of both dialects, honest and hostile ones.
std::vector<Kind> script_kinds();
// Clients that send what is no request for a run, or go away.
std::vector<Kind> client_kinds();

}  // namespace executor::test
