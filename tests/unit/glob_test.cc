#include "base/glob.h"

#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

using namespace std::string_literals;

bool matches(std::string_view glob, std::string_view path) {
  return Glob(glob).matches(path_characters(path));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(glob)

BOOST_AUTO_TEST_CASE(a_star_is_any_part_of_a_component_and_no_more) {
  BOOST_TEST(matches("*.csv", "a.csv"));
  BOOST_TEST(matches("*.csv", ".csv"));
  BOOST_TEST(matches("*", ".hidden"));
  BOOST_TEST(matches("a*b*c", "aXbYbc"));
  BOOST_TEST(!matches("a*b*c", "aXbYb"));
  BOOST_TEST(!matches("*.csv", "d/a.csv"));
  BOOST_TEST(!matches("*", "a/b"));
}

BOOST_AUTO_TEST_CASE(two_stars_are_any_number_of_components) {
  BOOST_TEST(matches("**", "a/b/c"));
  BOOST_TEST(matches("**/c", "c"));
  BOOST_TEST(matches("**/c", "a/b/c"));
  BOOST_TEST(matches("a/**", "a/b/c"));
  BOOST_TEST(matches("**/b/**/d", "a/b/b/c/d"));
  BOOST_TEST(!matches("a/**/d", "a/b/c"));
  BOOST_TEST(matches("**.csv", "a.csv"));
  BOOST_TEST(!matches("**.csv", "d/a.csv"));
}

BOOST_AUTO_TEST_CASE(a_question_mark_and_a_set_are_one_character_of_any_number_of_bytes) {
  BOOST_TEST(matches("?", "\u00e9"));
  BOOST_TEST(matches("?", "\U0001F600"));
  BOOST_TEST(!matches("??", "\u00e9"));
  BOOST_TEST(!matches("????", "\U0001F600"));
  BOOST_TEST(matches("[\u00e9]", "\u00e9"));
  BOOST_TEST(!matches("[\u00e9]?", "\u00e3"));  // their first bytes are the same
  BOOST_TEST(matches("[\u00e0-\u00ff].txt", "\u00e9.txt"));
  BOOST_TEST(!matches("[!\u00e9]?", "\u00e3"));
}

BOOST_AUTO_TEST_CASE(sets_have_ranges_and_may_say_what_is_not_in_them) {
  BOOST_TEST(matches("[a-c]", "b"));
  BOOST_TEST(!matches("[a-c]", "d"));
  BOOST_TEST(!matches("[c-a]", "b"));
  BOOST_TEST(matches("[!a-c]", "d"));
  BOOST_TEST(matches("[^a-c]", "d"));
  BOOST_TEST(!matches("[^a-c]", "a"));
  BOOST_TEST(matches("[]]", "]"));
  BOOST_TEST(matches("[!]]", "a"));
  BOOST_TEST(matches("[a-]", "-"));
  BOOST_TEST(matches("[-a]", "-"));
  BOOST_TEST(matches("[[]", "["));
  BOOST_TEST(matches("[\\]]", "]"));
  BOOST_TEST(matches("[\\a-\\c]", "b"));
}

BOOST_AUTO_TEST_CASE(what_is_escaped_or_not_closed_is_itself) {
  BOOST_TEST(matches("a\\*b", "a*b"));
  BOOST_TEST(!matches("a\\*b", "axb"));
  BOOST_TEST(matches("g\\[1\\].txt", "g[1].txt"));
  BOOST_TEST(matches("[a", "[a"));
  BOOST_TEST(matches("[", "["));
  BOOST_TEST(matches("[!", "[!"));
  BOOST_TEST(matches("[a-", "[a-"));
  BOOST_TEST(matches("a\\", "a\\"));
  BOOST_TEST(matches("[]", "[]"));
  BOOST_TEST(!matches("[a/b]", "a"));  // two components
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_a_character_each_and_equal_to_themselves_alone) {
  BOOST_TEST(matches("?", "\xff"));
  BOOST_TEST(matches("??", "\xc3("));
  BOOST_TEST(matches("\xff*", "\xff\xfe"));
  BOOST_TEST(!matches("\xff", "\u00ff"));
  BOOST_TEST(matches("*", "\xf0\x9f\x98"));
  BOOST_TEST(!matches("[\x01-\U0010FFFF]", "\xff"));
}

BOOST_AUTO_TEST_CASE(patterns_that_cost_others_much_are_answered_at_once) {
  const std::string name(255, 'a');
  for (const std::string& item : {"*a"s, "*[ab]"s, "*?"s, "[["s, "*[a-"s, "*\\a"s}) {
    std::string glob;
    while (glob.size() + item.size() < 1023) glob += item;
    BOOST_TEST(!matches(glob + "b", name), item);
  }
  std::string path = "x";
  std::string deep = "**/y";
  for (int i = 0; i < 250; ++i) path += "/x", deep += "/**/x";
  BOOST_TEST(!matches(deep, path));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor
