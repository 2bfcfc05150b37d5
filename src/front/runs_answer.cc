#include "front/runs_answer.h"

#include <sys/socket.h>

#include <utility>

#include "contract/render.h"

namespace executor {

void RunsAnswer::put(std::size_t index, Response response, HeldMemory memory) {
  const std::lock_guard lock(mutex_);
  parts_[index] = Part{std::move(response), std::move(memory)};
  while (next_ < parts_.size() && parts_[next_]) {
    send(*parts_[next_]);
    parts_[next_++].reset();
  }
}

void RunsAnswer::send(const Part& part) {
  if (next_ == 0) {
    reply_.begin({.status = 200, .body = "{\"runs\": [", .headers = part.response.headers});
  }
  const std::string_view object = part.response.body;  // "{...}\n"
  give((next_ == 0 ? "" : ", ") + ("{\"status\": " + std::to_string(part.response.status)) + ", ");
  give(object.substr(1, object.find_last_of('}')));
}

// A client that reads nothing is taken to have left: nothing is kept for it.
void RunsAnswer::give(std::string_view text) {
  if (given_up_) return;
  reply_.add(text);
  given_up_ = !reply_.flush();
  if (given_up_) (void)::shutdown(connection_, SHUT_RDWR);
}

void RunsAnswer::keep_alive() {
  const std::lock_guard lock(mutex_);
  if (next_ > 0) give(" ");
}

void RunsAnswer::finish(const std::vector<std::string>& warnings) {
  const std::lock_guard lock(mutex_);
  std::string end = "]";
  for (const std::string& warning : warnings) {
    end += (&warning == &warnings.front() ? ", \"warnings\": [" : ", ") + render_text(warning);
  }
  give(end + (warnings.empty() ? "}\n" : "]}\n"));
  reply_.finish();
}

}  // namespace executor
