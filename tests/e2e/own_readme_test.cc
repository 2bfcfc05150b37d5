// The examples of this project's own README.md, run as they stand there: each `curl` of a POST, and
// the answer that is printed below it.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

struct Example {
  std::string body;    // what a shell passes to curl after -d
  std::string answer;  // the JSON block that follows
};

// What stands between `begin` and `end` after `at`, which moves past it.
std::string between(const std::string& text, const std::string& begin, const std::string& end,
                    std::size_t& at) {
  const std::size_t start = text.find(begin, at);
  if (start == std::string::npos) return {};
  const std::size_t stop = text.find(end, start + begin.size());
  at = stop;
  return text.substr(start + begin.size(), stop - start - begin.size());
}

std::vector<Example> examples_of_the_readme() {
  std::ifstream file(source_directory() + "/README.md");
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Example> examples;
  const std::string readme = text.str();
  for (std::size_t at = 0; (at = readme.find("curl -X POST", at)) != std::string::npos;) {
    Example example;
    example.body = between(readme, "-d '", "'\n```", at);
    example.answer = between(readme, "```json\n", "\n```", at);
    examples.push_back(example);
  }
  return examples;
}

boost::json::object without_time(boost::json::object answer) {
  if (const auto* time = answer.if_contains("execution_time")) {
    BOOST_TEST(time->is_double());
    answer["execution_time"] = 0.0;
  }
  return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(own_readme)

BOOST_AUTO_TEST_CASE(every_example_is_answered_as_it_says) {
  const std::vector<Example> examples = examples_of_the_readme();
  BOOST_TEST_REQUIRE(examples.size() >= 3U);
  for (const Example& example : examples) {
    BOOST_TEST_CONTEXT(example.body) {
      const Answer answer = post_body(example.body);
      BOOST_TEST(without_time(answer.body) ==
                 without_time(boost::json::parse(example.answer).as_object()));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
