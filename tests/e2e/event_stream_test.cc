// Answers as server-sent events: output comes while the script runs, and the last event is the
// answer that the request would have got without them.
#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

using Event = std::pair<std::string, std::string>;  // name and data

Request request_for_events(std::string_view field, std::string_view source) {
  return {"POST",
          "/execute",
          {{"Content-Type", "application/json"}, {"Accept", "text/event-stream"}},
          request_body(field, source)};
}

Response stream(std::string_view field, std::string_view source) {
  return send(shared_server().port(), request_for_events(field, source));
}

// Every event must be two lines, a name and its data, and an empty one.
std::vector<Event> events_of(const std::string& body) {
  constexpr std::string_view kName = "event: ";
  constexpr std::string_view kData = "\ndata: ";
  std::vector<Event> events;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = body.find("\n\n", at);
    const std::size_t data = body.find(kData, at);
    BOOST_REQUIRE(body.substr(at, kName.size()) == kName);
    BOOST_REQUIRE((data < end && end != std::string::npos));
    const std::size_t value = data + kData.size();
    events.emplace_back(body.substr(at + kName.size(), data - at - kName.size()),
                        body.substr(value, end - value));
    at = end + 2;
  }
  return events;
}

// What all events of that name say together.
std::string joined(const std::vector<Event>& events, std::string_view name) {
  std::string text;
  for (const auto& [event, data] : events) {
    if (event == name) text += json(data).as_string();
  }
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_stream, NextRequestWorks)

BOOST_AUTO_TEST_CASE(output_comes_while_the_script_is_still_running) {
  Connection client(shared_server().port());
  client.write(request_for_events("code", "print('first')\nwhile True: pass"));
  const std::string head = client.read_until("event: stdout\ndata: \"first\\n\"\n\n");
  BOOST_TEST(head.find("text/event-stream") != std::string::npos);
  BOOST_TEST(head.find("event: result") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(both_streams_and_the_answer_arrive_as_events) {
  const Response response = stream("script", R"py(
import sys
def main():
    print("to stdout")
    print("to stderr", file=sys.stderr)
    return {"answer": 42}
)py");
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.header("Content-Type") == "text/event-stream");
  BOOST_TEST(!response.header("X-Request-Id").empty());
  const auto events = events_of(response.body);
  BOOST_TEST(joined(events, "stdout") == "to stdout\n");
  BOOST_TEST(joined(events, "stderr") == "to stderr\n");
  BOOST_REQUIRE(events.size() >= 3U);
  BOOST_TEST((events[events.size() - 3] == Event{"status", "200"}));
  BOOST_TEST(events[events.size() - 2].first == "timing");
  BOOST_TEST(json(events[events.size() - 2].second).at("run").as_double() > 0);
  BOOST_TEST(events.back().first == "result");
  BOOST_TEST(
      json(events.back().second) ==
      json(R"({"result": {"answer": 42}, "stdout": "to stdout\n", "stderr": "to stderr\n"})"));
}

BOOST_AUTO_TEST_CASE(a_script_that_fails_ends_with_the_same_error_as_without_events) {
  const auto events = events_of(stream("script", "def main():\n    print('x')\n    1 / 0").body);
  const Answer plain = execute("def main():\n    print('x')\n    1 / 0");
  BOOST_TEST(json(events.back().second) == plain.body);
  BOOST_TEST((events[events.size() - 3] == Event{"status", "400"}));
  BOOST_TEST(plain.error_type() == "exception");
}

BOOST_AUTO_TEST_CASE(text_in_events_is_whole_characters_and_adds_up) {
  const auto events = events_of(stream("code", R"py(
import os
for byte in ("\u20ac" * 300 + "\n\n").encode():
    os.write(1, bytes([byte]))
os.write(1, b"\xff")
)py")
                                    .body);
  std::string euros;
  for (int i = 0; i < 300; ++i) euros += "\xE2\x82\xAC";
  BOOST_TEST(joined(events, "stdout") == euros + "\n\n\xEF\xBF\xBD");
  BOOST_TEST(json(events.back().second).at("output").as_string() == joined(events, "stdout"));
}

BOOST_AUTO_TEST_CASE(more_output_than_a_socket_holds_arrives_complete) {
  const auto events =
      events_of(stream("code", "for i in range(100):\n    print(f'{i}' * 4000)").body);
  BOOST_TEST(joined(events, "stdout") == json(events.back().second).at("output").as_string());
  BOOST_TEST(joined(events, "stdout").size() > 700'000U);
}

// A script can change the harness under it, here so that its result has line breaks.
BOOST_AUTO_TEST_CASE(line_breaks_in_a_forged_result_break_no_event) {
  const Response response = stream("script", R"py(
import sys
def main():
    sys._getframe(1).f_globals["_ended"] = lambda *_: (0, 0, b'[1,\n\nevent: result\r\ndata: 2,\r3]', b"")
)py");
  std::vector<std::string> lines;
  std::istringstream text(response.body);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  const auto forged = [](const std::string& line) {
    return line.find('\r') != std::string::npos ||
           !(line.empty() || line.starts_with("event: ") || line.starts_with("data: "));
  };
  BOOST_TEST(std::count(lines.begin(), lines.end(), "event: result") == 1, response.body);
  BOOST_TEST(std::none_of(lines.begin(), lines.end(), forged), response.body);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_its_run) {
  const auto mine = std::to_string(shared_server().port());
  {
    Connection client(shared_server().port());
    Request request = request_for_events("code", "print('on')\nwhile True: pass");
    request.headers.emplace_back("X-Request-Id", "leaves-" + mine);
    client.write(request);
    client.read_until("\"on\\n\"");
  }
  BOOST_TEST(await([&mine] {
    const std::string log = shared_server().log();
    const std::size_t line = log.find("leaves-" + mine);
    return line != std::string::npos &&
           log.substr(line, log.find('\n', line) - line).find("status=499") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(what_is_refused_is_answered_without_events) {
  const Response response = stream("script", "");
  BOOST_TEST(response.status == 400);
  BOOST_TEST(response.header("Content-Type") == "application/json");
  BOOST_TEST(response.json().at("error").as_string() == "'script' must be a non-empty string");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
