#include "support/load.h"

#include "support/execute.h"
#include "support/http.h"

namespace executor::test {
namespace {

// Whether a refusal is what the contract makes of a fault: JSON with an error.
bool is_clean(const Response& response) {
  if (response.status < 500 || response.status > 504) return false;
  boost::system::error_code error;
  const auto body = boost::json::parse(response.body, error);
  return !error && body.is_object() && body.as_object().contains("error");
}

Judged ask_for_number(std::uint16_t port, std::uint64_t number) {
  const std::string text = std::to_string(number);
  const std::string script = "print(" + text + ")\ndef main():\n    return " + text;
  const Response response = post_json(port, "/execute", request_body("script", script, 5));
  if (response.status == 200 &&
      response.body == "{\"result\": " + text + ", \"stdout\": \"" + text + "\\n\"}\n") {
    return {Verdict::kRight, {}, {}};
  }
  const std::string example = std::to_string(response.status) + " " + response.body;
  if (!is_clean(response)) return {Verdict::kWrong, example, {}};
  return {Verdict::kRefused, example, Answer{response, response.json().as_object()}.error_type()};
}

}  // namespace

Load::Load(std::uint16_t port, int clients)
    : Load(clients,
           [port](int /*client*/, std::uint64_t number) { return ask_for_number(port, number); }) {}

Load::Load(int clients, Visit visit) : visit_(std::move(visit)) {
  for (int client = 0; client < clients; ++client) {
    threads_.emplace_back([this, client] { run(client); });
  }
}

Load::~Load() {
  (void)finish();
}

Load::Tally Load::finish() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  tally_.right = right_;
  return tally_;
}

void Load::run(int client) {
  constexpr std::uint64_t kMaxRequests = 1'000'000;
  for (std::uint64_t i = 0; !stopping_ && i < kMaxRequests; ++i) {
    visit(client, std::uint64_t(client) * kMaxRequests + i);
  }
}

void Load::visit(int client, std::uint64_t number) {
  Judged judged;
  try {
    judged = visit_(client, number);
  } catch (const boost::system::system_error&) {
    judged.verdict = Verdict::kDropped;
  }
  if (judged.verdict == Verdict::kRight) {
    ++right_;
    return;
  }
  const std::lock_guard lock(mutex_);
  switch (judged.verdict) {
    case Verdict::kRight:
      break;
    case Verdict::kRefused:
      ++tally_.refused;
      tally_.refusals[judged.error_type] = judged.example;
      break;
    case Verdict::kDropped:
      ++tally_.dropped;
      break;
    case Verdict::kWrong:
      ++tally_.wrong;
      tally_.example = std::move(judged.example);
  }
}

}  // namespace executor::test
