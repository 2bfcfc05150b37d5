// POST /execute in one line, and its answer with the contract's names. What the tests of both
// dialects are written with.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/http.h"

namespace executor::test {

struct Answer {
  Response response;
  boost::json::object body;

  [[nodiscard]] int status() const { return response.status; }
  [[nodiscard]] bool has(std::string_view key) const { return body.contains(key); }
  // A string member, "(absent)" when it is missing and "(not a string)" when it is one no more.
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] std::string error() const { return text("error"); }
  [[nodiscard]] std::string error_type() const { return text("error_type"); }
  [[nodiscard]] std::string out() const { return text("stdout"); }
  [[nodiscard]] std::string err() const { return text("stderr"); }
  [[nodiscard]] std::string output() const { return text("output"); }
  // The value of `result`; the string "(absent)" when it is missing.
  [[nodiscard]] boost::json::value result() const;
  // Its keys in order, joined by blanks, for comparing the shape of an answer.
  [[nodiscard]] std::string keys() const;
};

// The body of a request that carries `source` as `field`; `timeout` in seconds.
std::string request_body(std::string_view field, std::string_view source,
                         std::optional<double> timeout = {});

// Any body with the content type of JSON, to the shared server.
Answer post_body(std::string body);

// A script of the function dialect, and a program, at the shared server or at `port`.
Answer execute(std::string_view script, std::optional<double> timeout = {});
Answer execute_at(std::uint16_t port, std::string_view script, std::optional<double> timeout = {});
Answer run_program(std::string_view code, std::optional<double> timeout = {});

// What `script` returned; fails the test with the whole answer when it did not return.
boost::json::value result_of(std::string_view script);

// Checks that `script` returns this, which is JSON.
void check_returns(std::string_view script, std::string_view expected);

// Parses JSON that a test expects.
boost::json::value json(std::string_view text);

// Checks that a function dialect answer is this refusal: nothing was run, so that it has these two
// members and no others but advice: detail, hint, warnings.
void check_refused(const Answer& answer, int status, std::string_view type, std::string_view error);
// Checks that it is this ending of a run: all four members, output included.
void check_ended(const Answer& answer, int status, std::string_view type, std::string_view error);

// A fixture: after each test of its suite, the next request must work.
struct NextRequestWorks {
  void teardown();
};

}  // namespace executor::test
