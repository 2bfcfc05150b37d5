#include "escape/expectation.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <sstream>
#include <string_view>

namespace executor::test {
namespace {

constexpr std::array<std::string_view, 4> kNotTheScripts = {"internal", "overloaded",
                                                            "shutting_down", "bad_request"};

bool is_the_scripts_own(const Answer& answer) {
  const std::string type = answer.error_type();
  if (std::count(kNotTheScripts.begin(), kNotTheScripts.end(), type) != 0) return false;
  return answer.status() == 200 || answer.has("stdout");
}

bool returned(const Answer& answer, const boost::json::value& value) {
  return answer.status() == 200 && answer.result() == value;
}

// What the answer says of each run is an answer of its own.
bool each_is(const Answer& answer, std::size_t count, const std::string& ending) {
  const auto* const runs = answer.body.if_contains("runs");
  if (runs == nullptr || !runs->is_array() || runs->get_array().size() != count) return false;
  for (const auto& run : runs->get_array()) {
    Answer one;
    one.body = run.as_object();
    one.response.status = static_cast<int>(one.body.at("status").as_int64());
    if (!is_ending(one, ending)) return false;
  }
  return true;
}

// The answer's files are those that the attack must get, and it has nothing that it must not have.
bool has_what_it_may(const Attack& attack, const Answer& answer) {
  if (!attack.files.empty()) {
    const auto* const files = answer.body.if_contains("files");
    if (files == nullptr || *files != json(attack.files)) return false;
  }
  return attack.without.empty() || answer.response.body.find(attack.without) == std::string::npos;
}

}  // namespace

bool is_ending(const Answer& answer, const std::string& ending) {
  const std::size_t blank = ending.find(' ');
  const std::string word = ending.substr(0, blank);
  const std::string rest = blank == std::string::npos ? "" : ending.substr(blank + 1);
  if (word == "held") return returned(answer, "held");
  if (word == "returned") return returned(answer, json(rest));
  if (word == "answered") return is_the_scripts_own(answer);
  if (word == "distinct") return answer.status() == 200 && answer.has("result");
  if (word == "output") {
    return answer.status() == 200 && answer.error() == "(not a string)" &&
           answer.output() == rest + "\n";
  }
  if (word == "each") {
    const std::size_t next = rest.find(' ');
    return each_is(answer, std::stoul(rest), rest.substr(next + 1));
  }
  if (word == "error") return answer.status() == 200 && answer.error() == rest;
  return answer.error_type() == word && (rest.empty() || answer.error() == rest);
}

bool is_expected(const Attack& attack, const Answer& answer) {
  return has_what_it_may(attack, answer) &&
         std::any_of(attack.expected.begin(), attack.expected.end(),
                     [&answer](const auto& ending) { return is_ending(answer, ending); });
}

bool asks_for_distinct(const Attack& attack) {
  return attack.expected.front() == "distinct";
}

bool are_distinct(const std::vector<Answer>& answers) {
  std::set<std::string> values;
  for (const Answer& answer : answers) values.insert(boost::json::serialize(answer.result()));
  return values.size() == answers.size();
}

bool says_that_it_escaped(const Answer& answer) {
  return answer.result().is_string() && answer.result().get_string().starts_with("escaped: ");
}

bool met(const std::vector<Answer>& answers) {
  double last_start = 0;
  double first_end = std::numeric_limits<double>::infinity();
  for (const Answer& answer : answers) {
    std::istringstream out(answer.out());
    std::string word;
    double start = 0;
    double end = 0;
    if (!(out >> word >> start >> end) || word != "window") return false;
    last_start = std::max(last_start, start);
    first_end = std::min(first_end, end);
  }
  constexpr double kTogether = 0.15;  // seconds
  return first_end - last_start >= kTogether;
}

}  // namespace executor::test
