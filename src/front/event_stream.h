// Server-sent events: an answer whose output comes while it is written.
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

// Whether a client with this Accept header asks for events.
bool asks_for_events(std::string_view accept);

// Turns what a run does into events. A request that never gets to run leaves it unused: such a one
// is answered without events.
class EventStream : public RunObserver {
 public:
  explicit EventStream(Reply& reply) : reply_(reply) {}

  void started() override;
  void wrote(std::string_view stream, const std::string& text) override;

  [[nodiscard]] bool begun() const { return begun_; }
  // Sends the last events and ends the response. `response` is what there would be otherwise.
  void finish(const Response& response, const Timings& timings);

 private:
  Reply& reply_;
  bool begun_ = false;
};

}  // namespace executor
