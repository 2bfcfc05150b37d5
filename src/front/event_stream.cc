#include "front/event_stream.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "contract/render.h"

namespace executor {
namespace {

// `data` is one line.
std::string event(std::string_view name, std::string_view data) {
  std::string text = "event: ";
  return text.append(name).append("\ndata: ").append(data).append("\n\n");
}

std::string timing_json(const Timings& timings) {
  char text[128];
  std::snprintf(text, sizeof text, R"({"queue": %.3f, "start": %.3f, "run": %.3f})",
                milliseconds(timings.queue), milliseconds(timings.start),
                milliseconds(timings.run));
  return text;
}

}  // namespace

bool asks_for_events(std::string_view accept) {
  constexpr std::string_view kEvents = "text/event-stream";
  const auto same = [](char have, char want) {
    return (have >= 'A' && have <= 'Z' ? have - 'A' + 'a' : have) == want;
  };
  return std::search(accept.begin(), accept.end(), kEvents.begin(), kEvents.end(), same) !=
         accept.end();
}

void EventStream::started() {
  if (std::exchange(begun_, true)) return;
  // Without the second header nginx would collect the events before it passes them on.
  reply_.begin({.status = 200,
                .body = {},
                .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
                .content_type = "text/event-stream"});
}

void EventStream::wrote(std::string_view stream, const std::string& text) {
  reply_.add(event(stream, render_text(text)));
}

void EventStream::finish(const Response& response, const Timings& timings) {
  const std::string_view answer = response.body;
  reply_.add(event("status", std::to_string(response.status)));
  reply_.add(event("timing", timing_json(timings)));
  reply_.add(event("result", answer.substr(0, answer.find_last_not_of('\n') + 1)));
  reply_.finish();
}

}  // namespace executor
