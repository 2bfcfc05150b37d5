// Many large bodies at once: every client is answered, and the responder's memory is bounded.
#include <fstream>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "e2e/limits.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

constexpr std::size_t kClients = 400;
constexpr std::size_t kBudgetMb = 128;
// What a responder holds besides bodies and answers: its code, its threads' stacks, metrics.
constexpr std::size_t kBaseMb = 64;

struct Budgeted {
  Budgeted() : server(options()) {}
  static std::vector<std::string> options() {
    std::vector<std::string> options = own_settings().options();
    options.insert(options.end(), {"--body-memory-mb", std::to_string(kBudgetMb)});
    return options;
  }
  // The most that the responder has ever held, in MB.
  [[nodiscard]] std::size_t most_memory() const {
    const auto responder = with_command(descendants(server.pid()), "/python-executor --socket");
    BOOST_TEST_REQUIRE(responder.size() == 1U);
    std::ifstream status("/proc/" + std::to_string(responder[0].pid) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) / 1024;
    }
    return 0;
  }

  Server server;
};

// 8 MB less what stands around the text.
std::string largest_body() {
  const std::string head =
      R"~({"code": "import sys\nprint(len(sys.stdin.read()))", "timeout": 30, "stdin": ")~";
  return head + std::string(8 * kMiB - head.size() - 2, 'x') + "\"}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body_memory)

BOOST_FIXTURE_TEST_CASE(of_400_clients_with_8_mb_each_every_one_is_answered_within_the_budget,
                        Budgeted) {
  const std::string body = largest_body();
  const std::string head =
      "POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  std::vector<std::future<std::string>> clients;
  clients.reserve(kClients);
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::async(std::launch::async, [&] {
      Connection client(server.port());
      client.write(head);
      client.write(body);
      const Response response = client.read();
      const boost::json::value error = response.json().at("error");
      if (response.status == 200 && error.is_null()) return std::string("ran");
      return error == "Server is at capacity" ? std::string("refused") : response.body;
    }));
  }
  std::size_t healthy = 0;
  do {
    BOOST_TEST(get(server.port(), "/health").status == 200);
    ++healthy;
  } while (clients.back().wait_for(std::chrono::milliseconds(100)) != std::future_status::ready);
  std::map<std::string, std::size_t> answers;
  for (auto& client : clients) ++answers[client.get()];
  BOOST_TEST(answers["ran"] > 0U);
  BOOST_TEST(answers["ran"] + answers["refused"] == kClients, answers.rbegin()->first);
  BOOST_TEST(healthy > 0U);
  BOOST_TEST(most_memory() < kBudgetMb + kBaseMb);
}

BOOST_FIXTURE_TEST_CASE(large_answers_at_once_stay_within_the_budget, Budgeted) {
  std::vector<std::future<Response>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::async(std::launch::async, [&] {
      return post_json(
          server.port(), "/execute",
          request_body("script",
                       "def main():\n    print('\\x01' * 1000000)\n    return 'x' * (7 << 20)"));
    }));
  }
  std::size_t returned = 0;
  for (auto& client : clients) {
    const Response response = client.get();
    BOOST_TEST((response.status == 200 || response.status == 503), response.body.substr(0, 200));
    if (response.status == 200) ++returned;
  }
  BOOST_TEST(returned > 0U);
  BOOST_TEST(most_memory() < kBudgetMb + kBaseMb);
}

BOOST_AUTO_TEST_CASE(a_source_of_more_than_1_mb_is_refused_though_the_body_may_be_larger) {
  const Answer answer = execute("x" + std::string(kMiB, ' '));
  check_refused(answer, 400, "bad_request", "'script' must be a string of at most 1 MB");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
