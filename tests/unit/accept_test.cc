#include "front/accept.h"

#include "support/boost_test.h"

namespace executor {
namespace {

BOOST_AUTO_TEST_SUITE(accept)

BOOST_AUTO_TEST_CASE(who_names_events_gets_events) {
  for (const char* header :
       {"text/event-stream", "Text/Event-Stream", "text/event-stream, application/json",
        "application/json, text/event-stream", " text/event-stream ; q=0.3",
        "text/event-stream;charset=utf-8", "text/event-stream, */*;q=0.1",
        "application/json;q=0.5,text/event-stream;q=0.6",
        "*/*;q=1,application/json;q=0.2,text/event-stream;q=0.9", "text/event-stream;q=0.001",
        "application/json;q=0,text/event-stream;q=0.1", "text/event-stream;q=nonsense"}) {
    BOOST_TEST(asks_for_events(header), header);
  }
}

BOOST_AUTO_TEST_CASE(who_does_not_name_them_or_wants_json_more_gets_json) {
  for (const char* header :
       {"", "*/*", "text/*", "application/json", "text/event-stream;q=0",
        "text/event-stream; Q=0.0", "text/event-stream;q=0.000", "text/event-stream;q=0, */*",
        "text/event-stream;q=0.5, */*", "text/event-stream;q=0.4, application/json;q=0.5",
        "text/event-stream;q=0.9, application/*", "text/event-streams", "xtext/event-stream",
        "text/html;x=text/event-stream", ",,;", ";q=1", "=", "text/event-stream;level=1;q=0"}) {
    BOOST_TEST(!asks_for_events(header), header);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
