#include "support/execute.h"

#include <stdexcept>

#include "support/boost_test.h"
#include "support/server.h"

namespace executor::test {
namespace {

// Results may be nested deeper than Boost.JSON goes by default.
constexpr std::size_t kMaxDepth = 1000;

// Answers can be megabytes; a failure's message need not be.
std::string excerpt(const std::string& body) {
  constexpr std::size_t kShown = 2000;
  return body.size() <= kShown ? body : body.substr(0, kShown) + "...";
}

Answer to_answer(Response response) {
  Answer answer;
  answer.response = std::move(response);
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::value value = boost::json::parse(answer.response.body, error, {}, options);
  // Not by Boost.Test, whose assertions are for one thread: many clients may be under way.
  if (error || !value.is_object()) {
    throw std::runtime_error("the body is not a JSON object: " + excerpt(answer.response.body));
  }
  answer.body = std::move(value.get_object());
  return answer;
}

Answer post_at(std::uint16_t port, std::string body) {
  return to_answer(post_json(port, "/execute", std::move(body)));
}

void check_error(const Answer& answer, int status, std::string_view type, std::string_view error) {
  BOOST_TEST(answer.status() == status);
  BOOST_TEST(answer.error_type() == type);
  BOOST_TEST(answer.error() == error);
}

}  // namespace

std::string Answer::text(std::string_view key) const {
  const auto* const value = body.if_contains(key);
  if (value == nullptr) return "(absent)";
  return value->is_string() ? std::string(value->get_string()) : "(not a string)";
}

boost::json::value Answer::result() const {
  const auto* const value = body.if_contains("result");
  return value == nullptr ? boost::json::value("(absent)") : *value;
}

std::string Answer::keys() const {
  std::string joined;
  for (const auto& member : body) {
    if (!joined.empty()) joined += ' ';
    joined += member.key();
  }
  return joined;
}

std::string request_body(std::string_view field, std::string_view source,
                         std::optional<double> timeout) {
  boost::json::object body{{field, source}};
  if (timeout) body["timeout"] = *timeout;
  return boost::json::serialize(body);
}

Answer post_body(std::string body) {
  return post_at(shared_server().port(), std::move(body));
}

Answer execute(std::string_view script, std::optional<double> timeout) {
  return execute_at(shared_server().port(), script, timeout);
}

Answer execute_at(std::uint16_t port, std::string_view script, std::optional<double> timeout) {
  return post_at(port, request_body("script", script, timeout));
}

Answer run_program(std::string_view code, std::optional<double> timeout) {
  return post_body(request_body("code", code, timeout));
}

boost::json::value result_of(std::string_view script) {
  const Answer answer = execute(script);
  BOOST_TEST(answer.status() == 200, excerpt(answer.response.body));
  return answer.result();
}

boost::json::value json(std::string_view text) {
  return boost::json::parse(text);
}

namespace {

// The members that say more about what is wrong, and are no part of what the tests compare.
std::size_t advice_of(const Answer& answer) {
  std::size_t count = 0;
  for (const char* member : {"detail", "hint", "warnings"}) count += answer.has(member) ? 1 : 0;
  return count;
}

}  // namespace

void check_refused(const Answer& answer, int status, std::string_view type,
                   std::string_view error) {
  BOOST_TEST_CONTEXT(excerpt(answer.response.body)) {
    check_error(answer, status, type, error);
    BOOST_TEST(answer.body.size() == 2U + advice_of(answer));
  }
}

void check_returns(std::string_view script, std::string_view expected) {
  const Answer answer = execute(script);
  BOOST_TEST(answer.status() == 200, answer.response.body);
  BOOST_TEST(answer.result() == json(expected));
}

void check_ended(const Answer& answer, int status, std::string_view type, std::string_view error) {
  BOOST_TEST_CONTEXT(excerpt(answer.response.body)) {
    check_error(answer, status, type, error);
    BOOST_TEST(answer.has("stdout"));
    BOOST_TEST(answer.has("stderr"));
    BOOST_TEST(answer.body.size() == 4U + advice_of(answer));
  }
}

void NextRequestWorks::teardown() {
  const Answer next = execute("def main():\n    print('next')\n    return 6 * 7");
  BOOST_TEST(next.status() == 200, excerpt(next.response.body));
  BOOST_TEST(next.result() == 42);
  BOOST_TEST(next.out() == "next\n");
}

}  // namespace executor::test
