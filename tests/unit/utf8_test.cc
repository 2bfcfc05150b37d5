#include "base/utf8.h"

#include <string>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

using namespace std::string_literals;

const std::string kBad = "\xEF\xBF\xBD";  // U+FFFD

struct Case {
  std::string bytes;
  std::string valid;
};

std::string repeat(const std::string& text, std::size_t times) {
  std::string repeated;
  for (std::size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// The expected values are those of Python's bytes.decode("utf-8", "replace").
const std::vector<Case>& ill_formed_cases() {
  static const std::vector<Case> cases = {
      // Bytes that begin nothing.
      {"\x80", kBad},
      {"a\xBFz", "a" + kBad + "z"},
      {"\x80\x80\x80", kBad + kBad + kBad},
      {"\xFE\xFF", kBad + kBad},
      {"\xF5\x80\x80\x80", repeat(kBad, 4)},
      {"\xF8\x88\x80\x80\x80", repeat(kBad, 5)},
      // Overlong forms: no byte of them is part of anything.
      {"\xC0\x80", kBad + kBad},
      {"\xC1\xBF", kBad + kBad},
      {"\xE0\x80\x80", repeat(kBad, 3)},
      {"\xE0\x9F\xBF", repeat(kBad, 3)},
      {"\xF0\x80\x80\x80", repeat(kBad, 4)},
      {"\xF0\x8F\xBF\xBF", repeat(kBad, 4)},
      // Surrogates, and above U+10FFFF.
      {"\xED\xA0\x80", repeat(kBad, 3)},
      {"\xED\xBF\xBF", repeat(kBad, 3)},
      {"\xF4\x90\x80\x80", repeat(kBad, 4)},
      // Cut short at the end: what was well-formed so far is one part.
      {"\xC3", kBad},
      {"\xE2", kBad},
      {"\xE2\x82", kBad},
      {"\xF0", kBad},
      {"\xF0\x9F", kBad},
      {"\xF0\x9F\x98", kBad},
      // Cut short by something else, which is then read for itself.
      {"\xC3(", kBad + "("},
      {"\xE2\x82(", kBad + "("},
      {"\xF0\x9F\x98x", kBad + "x"},
      {"\xE2\x82\xE2\x82\xAC", kBad + "\u20ac"},
      {"\xF0\x9F\xC3\xA9", kBad + "\u00e9"},
      {"\xF0\x9F\x98\xF0\x9F\x98\x80", kBad + "\U0001F600"},
      {"\xE0\xA0\x41", kBad + "A"},
      // The Unicode Standard's own example.
      {"\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64",
       "a" + repeat(kBad, 3) + "b" + kBad + "c" + kBad + kBad + "d"},
      // In the middle of long ASCII, at every offset within a word.
      {"0123456789\xFF" + repeat("x", 21), "0123456789" + kBad + repeat("x", 21)},
  };
  return cases;
}

const std::vector<std::string>& well_formed_cases() {
  static const std::vector<std::string> cases = {
      "",
      "a",
      "\0"s,
      "a\0b"s,
      "plain ASCII that is longer than a machine word\r\n\t\x7F",
      "\u0080",
      "\u07FF",
      "\u0800",
      "\uD7FF",
      "\uE000",
      "\uFFFD",
      "\uFFFF",
      "\U00010000",
      "\U0010FFFF",
      "h\u00e9llo \u20ac \u65e5\u672c\u8a9e \U0001F600 and on",
  };
  return cases;
}

BOOST_AUTO_TEST_SUITE(utf8_test)

BOOST_AUTO_TEST_CASE(well_formed_text_is_valid_and_stays_as_it_is) {
  for (const std::string& text : well_formed_cases()) {
    BOOST_TEST_CONTEXT("text: " << text) {
      BOOST_TEST(is_valid_utf8(text));
      BOOST_TEST(to_valid_utf8(text) == text);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_maximal_ill_formed_part_becomes_one_replacement_character) {
  for (const Case& c : ill_formed_cases()) {
    BOOST_TEST_CONTEXT("expected: " << c.valid) {
      BOOST_TEST(!is_valid_utf8(c.bytes));
      BOOST_TEST(to_valid_utf8(c.bytes) == c.valid);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_ill_formed_byte_is_found_at_every_offset_after_ascii) {
  for (std::size_t offset = 0; offset < 40; ++offset) {
    const std::string before(offset, 'a');
    for (std::size_t after = 0; after < 10; ++after) {
      const std::string behind(after, 'b');
      BOOST_TEST(!is_valid_utf8(before + "\xFF" + behind));
      BOOST_TEST(to_valid_utf8(before + "\xFF" + behind) == before + kBad + behind);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_made_valid_is_valid) {
  for (const Case& c : ill_formed_cases()) BOOST_TEST(is_valid_utf8(to_valid_utf8(c.bytes)));
}

BOOST_AUTO_TEST_CASE(text_within_the_limit_is_not_cut) {
  BOOST_TEST(cut_utf8("", 0) == "");
  BOOST_TEST(cut_utf8("abc", 3) == "abc");
  BOOST_TEST(cut_utf8("abc", 1000) == "abc");
  BOOST_TEST(cut_utf8("\u20ac", 3) == "\u20ac");
}

BOOST_AUTO_TEST_CASE(ascii_is_cut_at_the_limit) {
  BOOST_TEST(cut_utf8("abc", 2) == "ab");
  BOOST_TEST(cut_utf8("abc", 0) == "");
}

BOOST_AUTO_TEST_CASE(a_character_that_crosses_the_limit_is_left_out_whole) {
  for (const std::string character : {"\u00e9", "\u20ac", "\U0001F600"}) {
    const std::string text = "ab" + character + "cd";
    for (std::size_t limit = 2; limit < 2 + character.size(); ++limit) {
      BOOST_TEST(cut_utf8(text, limit) == "ab");
    }
    BOOST_TEST(cut_utf8(text, 2 + character.size()) == "ab" + character);
    BOOST_TEST(cut_utf8(character, character.size() - 1) == "");
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_form_no_character_are_cut_at_the_limit) {
  BOOST_TEST(cut_utf8("\x80\x80\x80\x80\x80\x80", 5) == "\x80\x80\x80\x80\x80");
  BOOST_TEST(cut_utf8("a\xE2\x82(", 2) == "a\xE2");
  BOOST_TEST(cut_utf8("\u20ac\x80\x80", 4) == "\u20ac\x80");
}

BOOST_AUTO_TEST_CASE(a_cut_adds_no_replacement_character_to_well_formed_text) {
  for (const std::string& text : well_formed_cases()) {
    for (std::size_t limit = 0; limit <= text.size(); ++limit) {
      const std::string_view cut = cut_utf8(text, limit);
      BOOST_TEST(is_valid_utf8(cut));
      BOOST_TEST(text.substr(0, cut.size()) == cut);
      BOOST_TEST(limit - cut.size() < 4U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
