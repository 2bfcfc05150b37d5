#include "contract/json_check.h"

#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

std::string nested_arrays(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

std::string nested_objects(std::size_t depth) {
  std::string text = "0";
  for (std::size_t i = 0; i < depth; ++i) text = R"({"a": )" + text + "}";
  return text;
}

BOOST_AUTO_TEST_SUITE(json_check_test)

BOOST_AUTO_TEST_CASE(values_of_every_kind_are_json) {
  for (const char* text :
       {"null", "true", "false", "0", "-0", "12", "-1.5", "1e5", "1E-5", "0.1e+10", R"("")",
        R"("text")", "[]", "{}", "[1, [2], {}]", R"({"a": {"b": [null, true]}, "": "c"})", " [1]\n",
        "\t{ \"a\" :\r\n 1 } "}) {
    BOOST_TEST(is_json(text), text);
  }
}

BOOST_AUTO_TEST_CASE(strings_may_hold_escapes_and_any_character) {
  for (const char* text :
       {R"("\" \\ \/ \b \f \n \r \t")", R"("\u0000\u001f\u20ac")", R"("\ud83d\ude00")",
        "\"h\u00e9llo \u20ac \U0001F600\"", "\"\u2028\u2029\x7F\"", R"({"\u0061": 1})"}) {
    BOOST_TEST(is_json(text), text);
  }
}

BOOST_AUTO_TEST_CASE(numbers_of_any_size_are_json) {
  BOOST_TEST(is_json("1e999"));
  BOOST_TEST(is_json("-1e999"));
  BOOST_TEST(is_json(std::string(4300, '9')));
  BOOST_TEST(is_json("0." + std::string(4300, '1')));
}

BOOST_AUTO_TEST_CASE(text_that_is_cut_short_is_not_json) {
  const std::string whole = R"({"a": [1.5, true, null, "b\u00e9\n"]})";
  BOOST_TEST(is_json(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    BOOST_TEST(!is_json(std::string_view(whole).substr(0, size)));
  }
  BOOST_TEST(!is_json(std::string_view{}));
}

BOOST_AUTO_TEST_CASE(more_than_one_value_is_not_json) {
  for (const char* text : {"1 2", "{}{}", "[] ,", "null x", "\"a\" \"b\"", "{}}", "[]]"}) {
    BOOST_TEST(!is_json(text), text);
  }
  BOOST_TEST(!is_json(std::string_view("1\0", 2)));
}

BOOST_AUTO_TEST_CASE(what_only_python_or_javascript_accept_is_not_json) {
  for (const char* text : {"NaN",
                           "Infinity",
                           "-Infinity",
                           "[NaN]",
                           "True",
                           "None",
                           "nul",
                           "undefined",
                           "'a'",
                           "[1,]",
                           R"({"a": 1,})",
                           "{a: 1}",
                           "{1: 2}",
                           R"({"a" 1})",
                           "[1 2]",
                           "[,]",
                           "01",
                           "+1",
                           "1.",
                           ".5",
                           "-",
                           "1e",
                           "1e+",
                           "0x10",
                           "1_000",
                           "/**/1",
                           "1 // x",
                           "\"\\x41\"",
                           "\"\\u12\"",
                           "\"\\'\"",
                           "\xEF\xBB\xBF{}",
                           "1\f",
                           "\u00a01"}) {
    BOOST_TEST(!is_json(text), text);
  }
}

BOOST_AUTO_TEST_CASE(a_raw_control_character_in_a_string_is_not_json) {
  for (char c = 0; c < 0x20; ++c) {
    BOOST_TEST(!is_json(std::string("\"a") + c + "\""), "control character " << int{c});
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_not_json) {
  for (const char* text : {"\"\xFF\"", "\"\x80\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"",
                           "\"\xF4\x90\x80\x80\"", "\"\xE2\x82\"", "{\"\xFF\": 1}", "\xFF"}) {
    BOOST_TEST(!is_json(text));
  }
}

BOOST_AUTO_TEST_CASE(a_lone_surrogate_is_not_json) {
  for (const char* text : {R"("\ud800")", R"("\ud800x")", R"("\udc00")", R"("\ud800\ud800")",
                           R"("\ud800\u0041")", R"({"\ud800": 1})"}) {
    BOOST_TEST(!is_json(text), text);
  }
}

BOOST_AUTO_TEST_CASE(the_deepest_nesting_is_json_and_one_more_is_not) {
  BOOST_TEST(is_json(nested_arrays(kMaxResultDepth)));
  BOOST_TEST(!is_json(nested_arrays(kMaxResultDepth + 1)));
  BOOST_TEST(is_json(nested_objects(kMaxResultDepth)));
  BOOST_TEST(!is_json(nested_objects(kMaxResultDepth + 1)));
}

BOOST_AUTO_TEST_CASE(a_hundred_megabytes_of_brackets_are_refused_without_a_deep_stack) {
  BOOST_TEST(!is_json(std::string(100'000'000, '[')));
}

BOOST_AUTO_TEST_CASE(wide_values_are_not_deep) {
  std::string wide = "[[]";
  for (int i = 0; i < 10'000; ++i) wide += ", [{}]";
  BOOST_TEST(is_json(wide + "]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
