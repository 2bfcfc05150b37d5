// What the tests of HTTP itself have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {

inline constexpr std::string_view kScript = "def main():\n    return 'ran'";

inline std::uint16_t port() {
  return shared_server().port();
}

// The contract's shape of every answer that is no success.
inline void check_json_error(const Response& response, int status) {
  BOOST_TEST_CONTEXT(response.body) {
    BOOST_TEST(response.status == status);
    BOOST_TEST(response.header("Content-Type").starts_with("application/json"));
    BOOST_TEST(!response.header("X-Request-Id").empty());
    boost::system::error_code error;
    const auto value = boost::json::parse(response.body, error);
    BOOST_TEST_REQUIRE((!error && value.is_object()));
    BOOST_TEST(value.at("error").is_string());
    BOOST_TEST(!value.at("error").as_string().empty());
    BOOST_TEST_REQUIRE(value.as_object().contains("error_type"));
    BOOST_TEST(value.at("error_type").is_string());
  }
}

inline std::string post_head(const std::string& headers) {
  return "POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
         headers + "\r\n";
}

}  // namespace executor::test
