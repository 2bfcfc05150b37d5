// Server-sent events: an answer whose output is sent while it is written.
//
//   event: stdout | stderr      data: a JSON string, what was written
//   event: status               data: the HTTP status that the answer would otherwise have
//   event: timing               data: {"queue": ms, "start": ms, "run": ms}
//   event: result               data: the answer that the request would have got without events
//
// https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <string_view>

#include "execution/service.h"
#include "front/fastcgi.h"

namespace executor {

// Turns what a run does into events. A request that never runs does not use it and is answered
// without events.
class EventStream : public RunObserver {
 public:
  explicit EventStream(Reply& reply) : reply_(reply) {}

  void started() override;
  void wrote(std::string_view stream, const std::string& text) override;

  [[nodiscard]] bool begun() const { return begun_; }
  // Sends the last events and ends the response. `response` is the answer without events.
  void finish(const Response& response, const Timings& timings);

 private:
  Reply& reply_;
  bool begun_ = false;
};

}  // namespace executor
