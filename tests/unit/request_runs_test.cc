// Several runs of one program: what a request may say about each.
#include <string>

#include "contract/request.h"
#include "support/boost_test.h"

namespace executor {
namespace {

using Strings = std::vector<std::string>;

RunRequest parsed(const std::string& runs, const std::string& more = "") {
  const auto request = parse_request(
      "application/json", R"({"script": "x", "runs": )" + runs + more + "}", RequestLimits{});
  BOOST_TEST_REQUIRE(request.has_value(), request.error().error);
  return *request;
}

// "error: detail".
std::string refusal(const std::string& body) {
  const auto request = parse_request("application/json", body, RequestLimits{});
  if (request) return "none";
  return request.error().error + ": " + request.error().detail;
}

std::string of_runs(const std::string& runs) {
  return refusal(R"({"script": "x", "runs": )" + runs + "}");
}

BOOST_AUTO_TEST_SUITE(request_runs)

BOOST_AUTO_TEST_CASE(each_run_has_what_its_entry_says) {
  const RunRequest request = parsed(
      R"([{"arguments": {"n": 1e400}, "argv": ["a"], "stdin": "in", "env": {"A": "b"},
           "files": {"f": "text", "g": {"base64": "AAE="}}}, {}])");
  BOOST_TEST_REQUIRE(request.runs.size() == 2U);
  const JobInputs expected{
      .arguments = R"({"n": 1e400})",
      .argv = Strings{"a"},
      .env = std::vector<EnvironmentVariable>{{"A", "b"}},
      .input = "in",
      .files = std::vector<InputFile>{{"f", "text"}, {"g", std::string("\0\1", 2)}}};
  BOOST_TEST((request.runs[0].own == expected));
  BOOST_TEST((request.runs[1].own == JobInputs{}));
}

BOOST_AUTO_TEST_CASE(null_is_the_same_as_absent_and_of_equal_names_the_last_counts) {
  BOOST_TEST(parsed("null").runs.empty());
  const RunRequest request =
      parsed(R"([{"stdin": null, "argv": ["a"], "argv": ["b"]}, {"stdin": "a", "stdin": null}])");
  BOOST_TEST((request.runs[0].own == JobInputs{.argv = Strings{"b"}}));
  BOOST_TEST((request.runs[1].own == JobInputs{}));
}

BOOST_AUTO_TEST_CASE(unknown_names_in_an_entry_are_ignored_and_named) {
  const RunRequest request = parsed(R"([{}, {"stdn": 1, "timeout": 2}])");
  BOOST_TEST(request.runs[0].warnings.empty());
  BOOST_TEST((request.runs[1].warnings ==
              Strings{"unknown field 'stdn' of a run is ignored; did you mean 'stdin'?",
                      "unknown field 'timeout' of a run is ignored"}));
}

BOOST_AUTO_TEST_CASE(up_to_64_runs_are_accepted_and_others_refused) {
  const auto empty = [](int count) {
    std::string runs = "[{}";
    for (int i = 1; i < count; ++i) runs += ", {}";
    return runs + "]";
  };
  const std::string must_be = "'runs' must be an array of 1 to 64 objects: ";
  BOOST_TEST(parsed(empty(64)).runs.size() == 64U);
  BOOST_TEST(of_runs(empty(65)) == must_be + "there are more");
  BOOST_TEST(of_runs("[]") == must_be + "there is none");
  BOOST_TEST(of_runs("{}") == must_be);
  BOOST_TEST(of_runs("3") == must_be);
  BOOST_TEST(of_runs("[{}, 1]") == must_be + "runs[1] is no object");
  BOOST_TEST(of_runs("[null]") == must_be + "runs[0] is no object");
}

BOOST_AUTO_TEST_CASE(a_field_of_a_run_is_refused_with_its_own_words_and_the_place) {
  BOOST_TEST(of_runs(R"([{}, {"stdin": 1}])") == "'stdin' must be a string: runs[1]");
  BOOST_TEST(of_runs(R"([{"argv": [1]}])") ==
             "'argv' must be an array of at most 4096 strings: runs[0]");
  BOOST_TEST(of_runs(R"([{"argv": ["\u0000"]}])") ==
             "'argv' must be an array of at most 4096 strings: runs[0]: one of them contains NUL");
  BOOST_TEST(refusal(R"({"code": "x", "runs": [{"arguments": []}]})") ==
             "'arguments' goes with 'script', not with 'code'; use 'argv' or 'stdin': runs[0]");
}

BOOST_AUTO_TEST_CASE(all_runs_together_have_a_bounded_number_of_strings_and_files) {
  std::string argv = "[\"\"";
  for (int i = 1; i < 3000; ++i) argv += ",\"\"";
  const std::string run = R"({"argv": )" + argv + "]}";
  BOOST_TEST(parsed("[" + run + "]").runs.size() == 1U);
  BOOST_TEST(of_runs("[" + run + "," + run + "]") ==
             "'runs' must be an array of 1 to 64 objects: "
             "together they have more than 4096 strings and files");
}

BOOST_AUTO_TEST_CASE(a_request_holds_the_memory_of_its_runs_too) {
  const std::string big(100'000, 'x');
  const RunRequest request =
      parsed(R"([{"stdin": ")" + big + R"("}, {"env": {"A": ")" + big + "\"}}]");
  BOOST_TEST(memory_of(request) >= 2 * big.size());
  BOOST_TEST(memory_of(request) < 2 * big.size() + 2000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
