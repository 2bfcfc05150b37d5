// GET /runtime: what a script finds, and what a request may ask for.
#include <string>

#include "e2e/limits.h"
#include "support/http.h"

namespace executor::test {
namespace {

boost::json::object runtime() {
  const Response response = get(shared_server().port(), "/runtime");
  BOOST_TEST_REQUIRE(response.status == 200, response.body);
  BOOST_TEST(response.header("Content-Type").starts_with("application/json"));
  return response.json().as_object();
}

std::string text(const boost::json::value& value) {
  return std::string(value.as_string());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(runtime_route)

BOOST_AUTO_TEST_CASE(it_says_of_python_what_a_script_finds) {
  const auto said = runtime();
  const Answer found = execute(
      "import platform, sys\nimport importlib.metadata as m\n"
      "def main():\n    return [platform.python_version(), sys.implementation.name,\n"
      "                       platform.platform(), m.version('numpy')]");
  const auto& result = found.body.at("result").as_array();
  BOOST_TEST(said.at("python") == result.at(0));
  BOOST_TEST(said.at("implementation") == result.at(1));
  BOOST_TEST(said.at("platform") == result.at(2));
  bool numpy = false;
  for (const auto& package : said.at("packages").as_array()) {
    if (package.at("name") != "numpy") continue;
    numpy = true;
    BOOST_TEST(package.at("version") == result.at(3));
  }
  BOOST_TEST(numpy);
  BOOST_TEST(text(said.at("tier")) == limits().tier);
}

BOOST_AUTO_TEST_CASE(it_says_what_limits_there_are_and_a_request_may_ask_for_each) {
  auto most = runtime().at("limits").as_object();
  BOOST_TEST(most.at("memory_mb") == limits().memory_limit_mb);
  BOOST_TEST(most.at("processes") == limits().processes);
  for (const char* name : {"timeout_seconds", "source_kb"}) most.erase(name);
  BOOST_TEST(most.size() == 8U);
  BOOST_TEST(
      post_body("{\"code\": \"1\", \"limits\": " + boost::json::serialize(most) + "}").status() ==
      200);
}

BOOST_AUTO_TEST_CASE(every_field_that_it_names_is_known) {
  const auto said = runtime();
  for (const auto& field : said.at("fields").as_array()) {
    const Answer answer = post_body("{\"" + text(field) + "\": null, \"x\": null}");
    BOOST_TEST(answer.body.at("warnings").as_array().size() == 1U, text(field));
  }
}

BOOST_AUTO_TEST_CASE(it_is_the_same_each_time_and_answers_get_alone) {
  BOOST_TEST(runtime() == runtime());
  const Response refused = send(shared_server().port(), {"POST", "/runtime", {}, {}});
  BOOST_TEST(refused.status == 405);
  BOOST_TEST(refused.header("Allow").starts_with("GET"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
