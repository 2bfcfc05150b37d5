#include "front/event_stream.h"

#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

class FakeReply : public Reply {
 public:
  void send(const Response& response) override { text += response.body; }
  void begin(const Response& response) override { text += response.body; }
  void add(std::string_view part) override { text += part; }
  bool flush() override { return true; }
  void finish() override {}

  std::string text;
};

std::string last_event(const std::string& answer) {
  FakeReply reply;
  EventStream events(reply);
  events.started();
  events.finish({.status = 200, .body = answer, .headers = {}}, {});
  return reply.text.substr(reply.text.find("event: result"));
}

BOOST_AUTO_TEST_SUITE(event_stream_test)

BOOST_AUTO_TEST_CASE(an_answer_is_one_line_of_data) {
  BOOST_TEST(last_event("{\"result\": 1}\n") == "event: result\ndata: {\"result\": 1}\n\n");
}

BOOST_AUTO_TEST_CASE(each_line_of_an_answer_is_a_line_of_data_whatever_ends_it) {
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string empty = end == "\r\n" ? "data: \n" : "";
    BOOST_TEST(last_event("[1," + end + "event: result]\n") ==
               "event: result\ndata: [1,\n" + empty + "data: event: result]\n\n");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
