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

}  // namespace

Load::Load(std::uint16_t port, int clients) : port_(port) {
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
  constexpr std::uint64_t kMostRequests = 1'000'000;
  for (std::uint64_t i = 0; !stopping_ && i < kMostRequests; ++i) {
    request(std::uint64_t(client) * kMostRequests + i);
  }
}

void Load::request(std::uint64_t number) {
  const std::string script =
      "print(" + std::to_string(number) + ")\ndef main():\n    return " + std::to_string(number);
  try {
    const Response response = post_json(port_, "/execute", request_body("script", script, 5));
    const std::string text = std::to_string(number);
    if (response.status == 200 &&
        response.body == "{\"result\": " + text + ", \"stdout\": \"" + text + "\\n\"}\n") {
      ++right_;
      return;
    }
    const std::lock_guard lock(mutex_);
    if (is_clean(response)) {
      ++tally_.refused;
    } else {
      ++tally_.wrong;
      tally_.example = std::to_string(response.status) + " " + response.body;
    }
  } catch (const boost::system::system_error&) {
    const std::lock_guard lock(mutex_);
    ++tally_.dropped;
  }
}

}  // namespace executor::test
