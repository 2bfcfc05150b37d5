// What --help says and to whom.
#include "config/help.h"

#include <algorithm>
#include <sstream>

#include "config/config.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// The answer to a command line, or the failure's text.
std::string said(std::vector<const char*> words) {
  words.insert(words.begin(), "python-executor");
  const auto command = read_config(static_cast<int>(words.size()), words.data());
  if (!command) return command.error().text();
  return command->answer.value_or("no answer");
}

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(help_test)

BOOST_AUTO_TEST_CASE(help_has_the_commands_the_topics_and_an_example_on_little_more_than_a_screen) {
  for (const char* word : {"--help", "-h", "help"}) {
    const std::string text = said({word});
    for (const char* words : {"python-executor run [OPTIONS] FILE", "--doctor", "--check-config",
                              "\nFor example", "\nlimits, and ", "  --memory-limit-mb  "}) {
      BOOST_TEST(has(text, words), words);
    }
    BOOST_TEST(!has(text, "--scratch-files"));
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') < 60);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) BOOST_TEST(line.size() <= 100U, line);
  }
}

BOOST_AUTO_TEST_CASE(help_of_a_topic_has_all_of_its_settings_and_no_others) {
  const std::string text = said({"--help", "limits"});
  BOOST_TEST(has(text, "--scratch-files"));
  BOOST_TEST(!has(text, "--workers"));
}

BOOST_AUTO_TEST_CASE(help_of_a_setting_says_its_default_and_each_way_to_give_it) {
  for (const char* word : {"memory-limit-mb", "--memory-limit-mb"}) {
    const std::string text = said({"--help", word});
    BOOST_TEST(has(text, "--memory-limit-mb VALUE\n  memory of a run"));
    BOOST_TEST(has(text, "  Default: 512\n"));
    BOOST_TEST(has(text, "PYTHON_EXECUTOR_MEMORY_LIMIT_MB=VALUE"));
    BOOST_TEST(has(text, "memory-limit-mb = VALUE"));
    BOOST_TEST(has(text, "--help limits"));
  }
  BOOST_TEST(has(said({"--help", "doctor"}), "--doctor\n"));
  BOOST_TEST(!has(said({"--help", "doctor"}), "PYTHON_EXECUTOR_DOCTOR"));
}

BOOST_AUTO_TEST_CASE(help_of_what_there_is_not_names_what_was_meant_or_the_topics) {
  BOOST_TEST(said({"--help", "limitz"}) ==
             "help: there is no topic or setting \"limitz\"; did you mean limits?");
  BOOST_TEST(has(said({"--help", "memory-limt-mb"}), "did you mean memory-limit-mb?"));
  BOOST_TEST(has(said({"--help", "memory_limit"}), "did you mean memory-limit-mb?"));
  BOOST_TEST(has(said({"--help", "frobnicate"}), "topics: commands, service, nginx, "));
}

BOOST_AUTO_TEST_CASE(help_as_json_has_default_bounds_and_meaning_of_each_setting) {
  const std::string text = said({"--help-json"});
  BOOST_TEST(has(text, R"("name": "memory-limit-mb", "takes_value": true, "repeated": false, )"
                       R"("default": ["512"], "range": {"least": 16, "most": 16777216}, )"
                       R"("meaning": "memory of a run, all of its processes together")"));
  BOOST_TEST(has(text, R"("default": ["64"], "range": {"least": 0, "most": 100000})"));
  BOOST_TEST(has(text, R"("default_in_words": "two for each processor, at least 4")"));
  BOOST_TEST(has(text, R"("values": ["auto", "required", "off"])"));
  BOOST_TEST(has(text, R"("repeated": true, "default": ["light:", "plot=1: matplotlib + )"));
}

BOOST_AUTO_TEST_CASE(a_word_that_is_no_command_is_answered_with_the_nearest_one) {
  BOOST_TEST(has(unknown_command("rum"),
                 "there is no command \"rum\"; did you mean "
                 "python-executor run?"));
  BOOST_TEST(has(unknown_command("doctor"), "did you mean python-executor --doctor?"));
  BOOST_TEST(has(unknown_command("script.py"), "python-executor run script.py sends"));
  BOOST_TEST(has(unknown_command("frobnicate"), "See python-executor --help"));
}

BOOST_AUTO_TEST_CASE(a_word_among_the_settings_is_named) {
  BOOST_TEST(said({"--workers", "8", "frobnicate"}) ==
             "\"frobnicate\" is neither a setting nor the value of one: settings are --NAME VALUE");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
