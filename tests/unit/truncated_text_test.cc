#include "base/truncated_text.h"

#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

TruncatedText with(std::size_t limit, const std::string& bytes) {
  TruncatedText text(limit);
  text.append(bytes);
  return text;
}

// The same bytes, one at a time.
TruncatedText trickled(std::size_t limit, const std::string& bytes) {
  TruncatedText text(limit);
  for (const char byte : bytes) text.append({&byte, 1});
  return text;
}

// What all news together say when a text comes byte for byte.
std::string told(std::size_t limit, const std::string& bytes) {
  TruncatedText text(limit);
  std::string news;
  for (const char byte : bytes) {
    text.append({&byte, 1});
    news += text.take_new(false);
  }
  return news + text.take_new(true);
}

BOOST_AUTO_TEST_SUITE(truncated_text_test)

BOOST_AUTO_TEST_CASE(text_of_exactly_the_limit_is_shown_whole) {
  for (const TruncatedText& text : {with(6, "abcdef"), trickled(6, "abcdef")}) {
    BOOST_TEST(!text.exceeded());
    BOOST_TEST(text.text() == "abcdef");
  }
}

BOOST_AUTO_TEST_CASE(of_a_longer_text_the_first_and_the_last_half_are_shown) {
  for (const TruncatedText& text : {with(6, "abcdefghij"), trickled(6, "abcdefghij")}) {
    BOOST_TEST(text.exceeded());
    BOOST_TEST(text.text() == "abc\n[4 bytes are missing here]\nhij");
  }
}

BOOST_AUTO_TEST_CASE(a_beginning_that_ends_its_line_gets_no_empty_one) {
  BOOST_TEST(with(4, "a\nbcdef").text() == "a\n[3 bytes are missing here]\nef");
}

BOOST_AUTO_TEST_CASE(characters_that_either_cut_would_split_are_missing_whole) {
  const std::string e = "\xC3\xA9";
  for (const TruncatedText& text :
       {with(6, "ab" + e + "xxxx" + e + "yz"), trickled(6, "ab" + e + "xxxx" + e + "yz")}) {
    BOOST_TEST(text.text() == "ab\n[8 bytes are missing here]\nyz");
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_shown_as_replacement_characters) {
  BOOST_TEST(with(4,
                  "\xFF\xFF"
                  "abcdef\xFE\xFE")
                 .text() == "\uFFFD\uFFFD\n[6 bytes are missing here]\n\uFFFD\uFFFD");
}

BOOST_AUTO_TEST_CASE(all_news_together_are_the_text) {
  const std::string word = "\xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80 \xFF\n";
  for (std::size_t size = 0; size < 4 * word.size(); ++size) {
    const std::string bytes = (word + word + word + word).substr(0, size);
    for (std::size_t limit = 1; limit < 24; ++limit) {
      BOOST_TEST(told(limit, bytes) == with(limit, bytes).text(), size << " bytes of " << limit);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_kept_does_not_grow_with_what_is_written) {
  TruncatedText text(1 << 10);
  const std::string line(1000, 'x');
  for (int i = 0; i < 10'000; ++i) text.append(line);
  BOOST_TEST(text.text().size() < (1U << 10) + 64);
  BOOST_TEST(text.text().find("[9998976 bytes are missing here]") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
