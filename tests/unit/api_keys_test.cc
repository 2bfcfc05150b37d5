#include "config/api_keys.h"

#include <string>

#include "support/boost_test.h"

namespace executor::test {
namespace {

constexpr const char* kKey = "0123456789abcdef0123456789abcdef0123456789abcdef";

std::string error_of(const std::string& text) {
  const auto keys = parse_api_keys(text, "keys");
  return keys ? "" : keys.error().text();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(api_keys)

BOOST_AUTO_TEST_CASE(names_and_keys_are_read_and_comments_are_not) {
  const auto keys = parse_api_keys("# who may\n\nalice " + std::string(kKey) +
                                       "  # until June\r\n\tbob.b-1_\tABCdef+/=~._-012345\nalice "
                                       "another-key-of-hers",
                                   "keys");
  BOOST_TEST_REQUIRE(keys.has_value());
  BOOST_TEST_REQUIRE(keys->size() == 3U);
  BOOST_TEST((*keys)[0].client == "alice");
  BOOST_TEST((*keys)[0].key == kKey);
  BOOST_TEST((*keys)[1].client == "bob.b-1_");
  BOOST_TEST((*keys)[1].key == "ABCdef+/=~._-012345");
  BOOST_TEST((*keys)[2].client == "alice");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_name_and_key_is_refused_by_its_number) {
  BOOST_TEST(error_of("\nalice") == "keys:2: a line must be NAME KEY");
  BOOST_TEST(error_of("a b c") == "keys:1: a line must be NAME KEY");
  BOOST_TEST(error_of("al;ice " + std::string(kKey)).starts_with("keys:1: the name must be"));
  BOOST_TEST(error_of("-a " + std::string(kKey)).starts_with("keys:1: the name must be"));
  BOOST_TEST(error_of(std::string(65, 'a') + " " + kKey).starts_with("keys:1: the name must be"));
}

BOOST_AUTO_TEST_CASE(a_key_that_is_short_or_could_be_more_than_a_key_is_refused_and_not_shown) {
  for (const std::string key :
       {"short", "0123456789abcde", "0123456789abcdef\"", "0123456789abcdef;", "0123456789abcdef$",
        "0123456789abcdef{", "0123456789abcdef\\", "0123456789abcdef#0123"}) {
    const std::string error = error_of("alice " + key);
    BOOST_TEST(error.starts_with("keys:1: the key of alice must be 16 to 256"), error);
    BOOST_TEST(error.find(key) == std::string::npos);
  }
  BOOST_TEST(!error_of("alice " + std::string(257, 'a')).empty());
}

BOOST_AUTO_TEST_CASE(a_key_of_two_clients_is_refused_and_not_shown) {
  const std::string key = kKey;
  BOOST_TEST(error_of("alice " + key + "\nbob " + key) ==
             "keys:2: the key of alice is there already");
}

BOOST_AUTO_TEST_CASE(a_directory_is_no_file_of_keys) {
  const auto keys = read_api_keys("/usr");
  BOOST_TEST_REQUIRE(!keys.has_value());
  BOOST_TEST(keys.error().text().starts_with("read the file of API keys /usr: "));
}

BOOST_AUTO_TEST_CASE(a_file_without_a_key_is_refused) {
  BOOST_TEST(error_of("") == "keys: there is no key in it");
  BOOST_TEST(error_of("# alice\n") == "keys: there is no key in it");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
