#include "front/event_stream.h"

#include <cstdio>
#include <string>
#include <utility>

#include "contract/render.h"

namespace executor {
namespace {

// A result may hold line breaks: a script that has changed the harness under it can send any JSON.
// Each line of `data` is one of the event's, so that none can pass for anything else; the reader
// puts a line feed between them, which JSON takes for white space as well.
std::string event(std::string_view name, std::string_view data) {
  std::string text = "event: ";
  text.append(name);
  for (std::size_t end = 0; end != data.npos; data.remove_prefix(end == data.npos ? 0 : end + 1)) {
    end = data.find_first_of("\r\n");
    text.append("\ndata: ").append(data.substr(0, end));
  }
  return text.append("\n\n");
}

std::string timing_json(const Timings& timings) {
  char text[128];
  std::snprintf(text, sizeof text, R"({"queue": %.3f, "start": %.3f, "run": %.3f})",
                milliseconds(timings.queue), milliseconds(timings.start),
                milliseconds(timings.run));
  return text;
}

}  // namespace

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
