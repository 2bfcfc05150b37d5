#include "wire/codec.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

using namespace std::string_literals;

enum class Colour : std::uint8_t { kRed = 1, kBlue = 7 };

std::string encoded_length(std::uint32_t length) {
  return Encoder().put(length).bytes();
}

BOOST_AUTO_TEST_SUITE(codec_test)

BOOST_AUTO_TEST_CASE(what_was_put_is_got_in_the_same_order) {
  Encoder to;
  to.put(std::uint8_t{250}).put(std::int32_t{-7}).put(std::uint64_t{1} << 63U).put(Colour::kBlue);
  to.put("a\0b"s).put(""s).put(std::vector<std::string>{"x", "", "yz"});
  Decoder from(to.bytes());
  BOOST_TEST(from.get<std::uint8_t>() == 250);
  BOOST_TEST(from.get<std::int32_t>() == -7);
  BOOST_TEST(from.get<std::uint64_t>() == std::uint64_t{1} << 63U);
  BOOST_TEST((from.get<Colour>() == Colour::kBlue));
  BOOST_TEST(from.get_text() == "a\0b"s);
  BOOST_TEST(from.get_text() == "");
  BOOST_TEST((from.get_list() == std::vector<std::string>{"x", "", "yz"}));
  BOOST_TEST(from.complete());
}

BOOST_AUTO_TEST_CASE(unread_bytes_are_not_complete) {
  Decoder from("ab");
  BOOST_TEST(from.get<char>() == 'a');
  BOOST_TEST(from.ok());
  BOOST_TEST(!from.complete());
  BOOST_TEST(from.get_rest() == "b");
  BOOST_TEST(from.complete());
}

BOOST_AUTO_TEST_CASE(nothing_at_all_is_complete_until_something_is_read) {
  Decoder from("");
  BOOST_TEST(from.complete());
  BOOST_TEST(from.get<std::uint8_t>() == 0);
  BOOST_TEST(!from.ok());
}

BOOST_AUTO_TEST_CASE(a_number_that_is_cut_short_is_zero_and_an_error) {
  const std::string whole = Encoder().put(~std::uint64_t{0}).bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Decoder from(std::string_view(whole).substr(0, size));
    BOOST_TEST(from.get<std::uint64_t>() == 0U);
    BOOST_TEST(!from.ok());
  }
}

BOOST_AUTO_TEST_CASE(a_text_that_is_longer_than_what_is_there_is_empty_and_an_error) {
  for (const std::uint32_t length :
       {4U, 5U, 1U << 31U, std::numeric_limits<std::uint32_t>::max()}) {
    const std::string bytes = encoded_length(length) + "abc";
    Decoder from(bytes);
    BOOST_TEST(from.get_text() == "");
    BOOST_TEST(!from.ok());
  }
}

BOOST_AUTO_TEST_CASE(a_text_of_exactly_what_is_there_is_read) {
  const std::string bytes = encoded_length(3) + "abc";
  Decoder from(bytes);
  BOOST_TEST(from.get_text() == "abc");
  BOOST_TEST(from.complete());
}

BOOST_AUTO_TEST_CASE(after_an_error_nothing_more_is_read) {
  const std::string bytes = encoded_length(100) + "abc";
  Decoder from(bytes);
  BOOST_TEST(from.get_text() == "");
  BOOST_TEST(from.get<char>() == '\0');
  BOOST_TEST(from.get_text() == "");
  BOOST_TEST(from.get_rest() == "");
  BOOST_TEST(!from.complete());
}

BOOST_AUTO_TEST_CASE(a_list_is_no_longer_than_the_bytes_that_it_came_in) {
  const std::string bytes = encoded_length(std::numeric_limits<std::uint32_t>::max()) +
                            encoded_length(0) + encoded_length(1) + "x";
  Decoder from(bytes);
  BOOST_TEST(from.get_list().size() <= bytes.size());
  BOOST_TEST(!from.ok());
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_no_error) {
  const std::string bytes = encoded_length(0);
  Decoder from(bytes);
  BOOST_TEST(from.get_list().empty());
  BOOST_TEST(from.complete());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
