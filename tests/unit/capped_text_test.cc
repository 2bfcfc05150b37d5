#include "base/capped_text.h"

#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

CappedText with(std::size_t limit, const std::string& bytes) {
  CappedText text(limit);
  text.append(bytes);
  return text;
}

// The same bytes, one at a time.
CappedText trickled(std::size_t limit, const std::string& bytes) {
  CappedText text(limit);
  for (const char byte : bytes) text.append({&byte, 1});
  return text;
}

BOOST_AUTO_TEST_SUITE(capped_text_test)

BOOST_AUTO_TEST_CASE(nothing_exceeds_no_limit) {
  BOOST_TEST(!with(0, "").exceeded());
  BOOST_TEST(with(0, "").text() == "");
}

BOOST_AUTO_TEST_CASE(text_of_exactly_the_limit_is_kept_and_exceeds_nothing) {
  for (const CappedText& text : {with(4, "abcd"), trickled(4, "abcd")}) {
    BOOST_TEST(text.text() == "abcd");
    BOOST_TEST(text.size() == 4U);
    BOOST_TEST(!text.exceeded());
  }
}

BOOST_AUTO_TEST_CASE(one_byte_more_exceeds_the_limit_and_is_not_shown) {
  for (const CappedText& text : {with(4, "abcde"), trickled(4, "abcde")}) {
    BOOST_TEST(text.text() == "abcd");
    BOOST_TEST(text.size() == 4U);
    BOOST_TEST(text.exceeded());
  }
}

BOOST_AUTO_TEST_CASE(what_comes_after_the_limit_changes_nothing) {
  CappedText text(4);
  for (int i = 0; i < 100; ++i) text.append("abcd");
  BOOST_TEST(text.text() == "abcd");
  BOOST_TEST(text.exceeded());
  text.append("");
  BOOST_TEST(text.exceeded());
}

BOOST_AUTO_TEST_CASE(a_limit_of_nothing_shows_nothing) {
  BOOST_TEST(with(0, "a").text() == "");
  BOOST_TEST(with(0, "a").exceeded());
}

BOOST_AUTO_TEST_CASE(a_character_that_crosses_the_limit_is_left_out_whole) {
  for (const std::string character : {"\u00e9", "\u20ac", "\U0001F600"}) {
    const std::string bytes = "ab" + character + "cd";
    for (std::size_t limit = 2; limit < 2 + character.size(); ++limit) {
      BOOST_TEST(with(limit, bytes).text() == "ab");
      BOOST_TEST(trickled(limit, bytes).text() == "ab");
    }
    BOOST_TEST(with(2 + character.size(), bytes).text() == "ab" + character);
  }
}

BOOST_AUTO_TEST_CASE(a_character_that_arrives_in_pieces_is_put_together) {
  const std::string bytes = "\u20ac\U0001F600";
  BOOST_TEST(trickled(bytes.size(), bytes).text() == bytes);
  BOOST_TEST(!trickled(bytes.size(), bytes).exceeded());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_become_replacement_characters) {
  BOOST_TEST(with(3, "a\xFFz").text() == "a\uFFFDz");
  BOOST_TEST(with(2, "\xE2\x82").text() == "\uFFFD");
}

// All that take_new() returns when it is called after every single byte and once at the end.
std::string told_of(std::size_t limit, const std::string& bytes) {
  CappedText text(limit);
  std::string told;
  for (const char byte : bytes) {
    text.append({&byte, 1});
    told += text.take_new(false);
    BOOST_TEST(is_valid_utf8(told));
  }
  return told + text.take_new(true);
}

BOOST_AUTO_TEST_CASE(news_add_up_to_the_text_whatever_was_written) {
  for (const std::string bytes :
       {"", "plain", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80!", "\xE2\x82", "\xE2\x82z",
        "\xF0\x9F\x98", "\xED\xA0\x80", "\x80\x80\x80\x80", "\xC0\xAF\xC3", "a\xF0\x80\x80\x80"}) {
    for (std::size_t limit = 0; limit <= bytes.size() + 1; ++limit) {
      BOOST_TEST(told_of(limit, bytes) == trickled(limit, bytes).text());
    }
  }
}

BOOST_AUTO_TEST_CASE(news_wait_for_the_rest_of_a_character) {
  CappedText text(10);
  text.append("a\xE2\x82");
  BOOST_TEST(text.take_new(false) == "a");
  BOOST_TEST(text.take_new(false) == "");
  text.append("\xAC");
  BOOST_TEST(text.take_new(false) == "\xE2\x82\xAC");
  BOOST_TEST(text.take_new(true) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
