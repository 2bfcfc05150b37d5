#include "base/base64.h"

#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

std::string to_base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

BOOST_AUTO_TEST_SUITE(base64_test)

// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(the_rfcs_examples_are_written_and_read) {
  for (const auto& [bytes, text] :
       {std::pair("", ""), std::pair("f", "Zg=="), std::pair("fo", "Zm8="),
        std::pair("foo", "Zm9v"), std::pair("foob", "Zm9vYg=="), std::pair("fooba", "Zm9vYmE="),
        std::pair("foobar", "Zm9vYmFy")}) {
    BOOST_TEST(to_base64(bytes) == text);
    BOOST_TEST(to_base64(bytes).size() == base64_size(std::string_view(bytes).size()));
    BOOST_TEST((from_base64(text) == std::string(bytes)));
  }
}

BOOST_AUTO_TEST_CASE(every_byte_survives_at_every_place) {
  std::string bytes;
  for (int offset = 0; offset < 3; ++offset) {
    bytes += 'x';
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    BOOST_TEST((from_base64(to_base64(bytes)) == bytes));
  }
}

BOOST_AUTO_TEST_CASE(lines_are_joined) {
  for (const char* text : {"Zm9vYg==\n", "Zm9v\nYg==", "Zm9v\r\nYg==\r\n", "\nZ\nm9vYg=="}) {
    BOOST_TEST((from_base64(text) == "foob"), text);
  }
}

BOOST_AUTO_TEST_CASE(what_no_encoder_writes_is_refused) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zg==Zg==", "Zh==",
                           "Zm9=", "Zm 9v", "\n\n\n\n", "Zm-_", "Zm9v=", "\xC3\xA4\xC3\xA4"}) {
    BOOST_TEST(!from_base64(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
