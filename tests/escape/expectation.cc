#include "escape/expectation.h"

#include <algorithm>
#include <array>
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
  if (word == "error") return answer.status() == 200 && answer.error() == rest;
  return answer.error_type() == word && (rest.empty() || answer.error() == rest);
}

}  // namespace executor::test
