// The service with a file of API keys: who has one, how much, and what is said of it.
#include <csignal>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "base/fd.h"
#include "e2e/held_run.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

const std::string kAlice = "a11ce-0123456789abcdef0123456789abcdef0123456789";
const std::string kBob = "b0b+0123456789abcdef/0123456789abcdef.0123456789";

struct WithKeys {
  explicit WithKeys(const std::vector<std::string>& more = {},
                    const Settings& settings = own_settings())
      : server(options(more, settings)) {}

  [[nodiscard]] std::vector<std::string> options(const std::vector<std::string>& more,
                                                 const Settings& settings) const {
    std::vector<std::string> options = settings.options();
    options.insert(options.end(), {"--api-keys-file", path});
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  [[nodiscard]] Response ask(const Headers& headers, const std::string& script = "1") const {
    Headers all = {{"Content-Type", "application/json"}};
    all.insert(all.end(), headers.begin(), headers.end());
    return send(server.port(), {"POST", "/execute", all,
                                request_body("script", "def main():\n    return " + script)});
  }
  [[nodiscard]] Response ask_with(const std::string& key) const {
    return ask({{"Authorization", "Bearer " + key}});
  }

  Scratch scratch;
  std::string path = scratch.file("keys", "# who may\nalice " + kAlice + "\nbob " + kBob + "\n");
  Server server;
};

void check_unauthorized(const Response& response) {
  BOOST_TEST(response.status == 401);
  BOOST_TEST(response.json() == json(R"({"error": "Unauthorized", "error_type": "unauthorized"})"));
  BOOST_TEST(response.header("WWW-Authenticate").starts_with("Bearer"));
}

struct OneAtOnce : WithKeys {
  OneAtOnce() : WithKeys(std::vector<std::string>{"--key-requests-at-once", "1"}) {}
};
struct OneSlot : WithKeys {
  OneSlot() : WithKeys({}, settings()) {}
  static Settings settings() {
    Settings settings = own_settings();
    settings.workers = 1;
    settings.queue = 16;
    return settings;
  }
  [[nodiscard]] int gauge(const std::string& which) const {
    const std::string name = "\npython_executor_" + which + " ";
    const std::string text = get(server.port(), "/metrics").body;
    return std::stoi(text.substr(text.find(name) + name.size()));
  }
};
struct OneASecond : WithKeys {
  OneASecond() : WithKeys(std::vector<std::string>{"--key-requests-per-second", "1"}) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(api_keys_of_the_service)

BOOST_FIXTURE_TEST_CASE(a_key_opens_and_nothing_else_does_and_logs_have_its_name_only, WithKeys) {
  BOOST_TEST(ask_with(kAlice).status == 200);
  BOOST_TEST(ask({{"X-API-Key", kBob}}).status == 200);
  for (const Headers& headers :
       {Headers{}, Headers{{"Authorization", "Bearer wrong"}}, Headers{{"X-API-Key", ""}},
        Headers{{"X-API-Key", "alice"}}, Headers{{"Authorization", "Basic " + kAlice}},
        Headers{{"Authorization", "Bearer " + kAlice + " " + kBob}},
        Headers{{"X-API-Key", kAlice + "0"}}, Headers{{"X-API-Key", "x" + kAlice}},
        Headers{{"X-API-Key", "A11CE" + kAlice.substr(5)}}}) {
    check_unauthorized(ask(headers));
  }
  BOOST_TEST(get(server.port(), "/health").status == 200);
  BOOST_TEST(get(server.port(), "/").status == 200);
  for (const std::string name : {"alice", "bob"}) {
    BOOST_TEST(await([&] { return server.log().find("key=" + name) != std::string::npos; }));
  }
  const std::string refused = "access forbidden by rule, client: 127.0.0.1";
  BOOST_TEST(await([&] { return server.log().find(refused) != std::string::npos; }));
  const std::string log = server.log();
  BOOST_TEST(log.find("client=127.0.0.1 key=alice") != std::string::npos, log);
  BOOST_TEST(log.find(kAlice) == std::string::npos);
  BOOST_TEST(log.find(kBob) == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(keys_are_read_again_on_sighup_and_a_broken_file_changes_nothing, WithKeys) {
  const std::string key = "carol-0123456789abcdef0123456789";
  std::ofstream(path) << "alice " << kAlice << "\ncarol " << key << "\n";
  ::kill(server.pid(), SIGHUP);
  BOOST_TEST(await([&] { return ask_with(key).status == 200; }));
  BOOST_TEST(await([&] { return ask_with(kBob).status == 401; }));
  BOOST_TEST(ask_with(kAlice).status == 200);
  std::ofstream(path) << "alice\n";
  ::kill(server.pid(), SIGHUP);
  BOOST_TEST(
      await([&] { return server.log().find("keeping the current ones") != std::string::npos; }));
  BOOST_TEST(server.log().find("keys:1: a line must be NAME KEY") != std::string::npos);
  // A process of nginx that is about to end may have the keys of before.
  BOOST_TEST(await([&] { return ask_with(key).status == 200; }));
  check_unauthorized(ask({}));
}

BOOST_FIXTURE_TEST_CASE(more_at_once_than_a_key_may_have_is_429_and_the_other_key_is_served,
                        OneAtOnce) {
  Response refused;
  // Again and again: the first is not counted before nginx has looked at it, nor after it has taken
  // too long.
  BOOST_TEST(await([&] {
    Connection unfinished(server.port());
    unfinished.write("POST /execute HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " + kAlice +
                     "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
    return (refused = ask_with(kAlice)).status == 429;
  }));
  BOOST_TEST(refused.json() ==
             json(R"({"error": "Too many requests: at most 1 at once for one client",
                                        "error_type": "too_many_requests"})"));
  BOOST_TEST(std::stoi(refused.header("Retry-After")) > 0);
  BOOST_TEST(ask_with(kBob).status == 200);
}

BOOST_FIXTURE_TEST_CASE(more_in_a_second_than_a_key_may_have_is_429_and_the_other_key_is_served,
                        OneASecond) {
  Response refused;
  BOOST_TEST(await([&] { return (refused = ask_with(kAlice)).status == 429; }));
  BOOST_TEST(refused.json().at("error") == "Too many requests: at most 1 a second for one client");
  BOOST_TEST(!refused.header("Retry-After").empty());
  BOOST_TEST(ask_with(kBob).status == 200);
}

// The order in which runs begin is seen by the machine's clock, which is one for all of them. The
// first holds the slot until all others wait.
BOOST_FIXTURE_TEST_CASE(a_key_that_floods_the_queue_keeps_another_waiting_for_one_run, OneSlot) {
  constexpr int kFlood = 7;
  const auto begin = [this](const std::string& key, std::string_view act) {
    return std::async(std::launch::async, [this, key, act] {
      const std::string script = "import time\ndef main():\n    begun = time.time()\n    " +
                                 std::string(act) + "\n    return begun";
      const Headers headers = {{"Content-Type", "application/json"}, {"X-API-Key", key}};
      return send(server.port(), {"POST", "/execute", headers, request_body("script", script)})
          .json()
          .at("result")
          .to_number<double>();
    });
  };
  auto first = begin(kAlice, kWaitUntilLetGo);
  await_held(server);
  std::vector<std::future<double>> flood;
  for (int i = 0; i < kFlood; ++i) flood.push_back(begin(kAlice, "time.sleep(0.01)"));
  BOOST_TEST_REQUIRE(await([this] { return gauge("queue_length") == kFlood; }));
  auto other = begin(kBob, "pass");
  BOOST_TEST_REQUIRE(await([this] { return gauge("queue_length") == kFlood + 1; }));
  let_go(server);
  const double bob = other.get();
  int earlier = 0;
  for (auto& one : flood) earlier += one.get() < bob ? 1 : 0;
  BOOST_TEST(earlier == 1);
  BOOST_TEST(first.get() < bob);
}

BOOST_AUTO_TEST_CASE(a_start_with_a_file_that_has_no_key_fails_and_says_why) {
  const Scratch scratch;
  std::vector<std::string> options = own_settings().options();
  options.insert(options.end(), {"--api-keys-file", scratch.file("keys", "# no keys yet\n")});
  try {
    const Server server(options);
    BOOST_ERROR("the server has started");
  } catch (const StartFailure& failure) {
    BOOST_TEST(failure.err().find("there is no key in it") != std::string::npos, failure.err());
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(one_configuration)

BOOST_AUTO_TEST_CASE(the_body_and_the_timeouts_that_are_set_are_nginxs_and_the_descriptions) {
  std::vector<std::string> options = own_settings().options();
  options.insert(options.end(), {"--max-body-kb", "2048", "--max-timeout-seconds", "120"});
  const Server server(options);
  const std::string padding(1500 * kKiB, 'x');
  const auto body_of = [&](std::size_t more) {
    return R"({"script": "def main():\n    return 1", "padding": ")" + padding +
           std::string(more, 'x') + "\"}";
  };
  BOOST_TEST(post_json(server.port(), "/execute", body_of(0)).status == 200);
  const Response refused = post_json(server.port(), "/execute", body_of(kMiB));
  BOOST_TEST(refused.status == 413);
  BOOST_TEST(refused.json().at("error") == "Request body too large (the limit is 2 MB)");
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1", 119).result() == 1);
  const auto described = get(server.port(), "/openapi.json").json();
  BOOST_TEST(described.at_pointer("/components/schemas/Timeout/maximum") == 120);
}

BOOST_AUTO_TEST_CASE(without_addresses_in_logs_there_are_none) {
  std::vector<std::string> options = own_settings().options();
  options.insert(options.end(), {"--log-addresses", "no"});
  const Server server(options);
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
  BOOST_TEST(await([&] { return server.log().find("outcome=returned") != std::string::npos; }));
  BOOST_TEST(server.log().find("127.0.0.1") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
