// What is written for nginx; that nginx takes it is seen by scripts/check-nginx and the tests of
// the whole service.
#include "config/nginx.h"

#include <string>
#include <vector>

#include "unit/config_reading.h"

namespace executor::test {
namespace {

const ApiKey kAlice{"alice", "0123456789abcdef.+"};

std::string file(const std::string& name, const std::vector<std::string>& settings,
                 const std::vector<ApiKey>& keys = {}) {
  for (const GeneratedFile& file : nginx_files(config_of(settings), keys)) {
    if (file.name == name) return file.text;
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nginx)

BOOST_AUTO_TEST_CASE(the_largest_body_and_its_words_are_the_settings) {
  BOOST_TEST(
      contains(file("responder.conf", {"--max-body-kb", "4096"}), "client_max_body_size 4096k;"));
  BOOST_TEST(contains(file("http.conf", {"--max-body-kb", "4096"}), "default \"4 MB\";"));
  BOOST_TEST(contains(file("http.conf", {"--max-body-kb", "1500"}), "default \"1500 KB\";"));
}

BOOST_AUTO_TEST_CASE(nginx_waits_longer_than_the_longest_request) {
  BOOST_TEST(contains(file("responder.conf", {}), "client_max_body_size 8192k;"));
  BOOST_TEST(contains(file("execute.conf", {}), "fastcgi_read_timeout 75s;"));
  BOOST_TEST(contains(file("execute.conf", {}), "fastcgi_send_timeout 75s;"));
  BOOST_TEST(contains(file("execute.conf", {"--max-timeout-seconds", "120"}),
                      "fastcgi_read_timeout 143s;"));
  BOOST_TEST(contains(file("execute.conf", {"--front-timeout-seconds", "90.5"}),
                      "fastcgi_read_timeout 91s;"));
}

BOOST_AUTO_TEST_CASE(one_address_may_have_twice_what_runs_and_waits) {
  BOOST_TEST(contains(file("execute.conf", {"--workers", "4", "--queue", "10"}),
                      "limit_conn python_executor_addresses 512;"));
  BOOST_TEST(contains(file("execute.conf", {"--workers", "400", "--queue", "200"}),
                      "limit_conn python_executor_addresses 1200;"));
  const std::vector<std::string> nine{"--connections-per-address", "9"};
  BOOST_TEST(contains(file("execute.conf", nine), "limit_conn python_executor_addresses 9;"));
  BOOST_TEST(contains(file("pages.conf", nine), "limit_conn python_executor_addresses 9;"));
  BOOST_TEST(contains(file("http.conf", nine), "at most 9 at once from one address"));
}

BOOST_AUTO_TEST_CASE(pages_of_other_origins_are_those_that_are_named_and_none_by_default) {
  for (const std::string name : {"http.conf", "execute.conf", "cors.conf"}) {
    BOOST_TEST(!contains(file(name, {}), "cors_origin"), name);
    BOOST_TEST(!contains(file(name, {}), "OPTIONS"), name);
    BOOST_TEST(!contains(file(name, {}), "if ($python_executor_preflight)"), name);
  }
  const std::vector<std::string> one{"--cors-origins", "https://a.example:8443"};
  const std::string http = file("http.conf", one);
  BOOST_TEST(contains(http, R"("~^https://a\.example:8443$" $http_origin;)"), http);
  BOOST_TEST(contains(file("cors.conf", one), "add_header Vary Origin always;"));
  const std::string execute = file("execute.conf", one, {kAlice});
  BOOST_TEST(execute.find("return 204;") < execute.find("unauthorized"));
}

BOOST_AUTO_TEST_CASE(without_configured_keys_no_key_is_required) {
  BOOST_TEST(!contains(file("execute.conf", {}), "unauthorized"));
  BOOST_TEST(contains(file("http.conf", {}), "map $host $python_executor_client"));
}

BOOST_AUTO_TEST_CASE(a_key_is_compared_as_it_is_and_counted_by_its_client) {
  const std::string http = file("http.conf", {"--key-requests-per-second", "7"}, {kAlice});
  BOOST_TEST(contains(http, "\"~^0123456789abcdef[.][+]$\" alice;"), http);
  BOOST_TEST(contains(http, "zone=python_executor_key_rate:1m rate=7r/s;"), http);
  const std::string execute = file("execute.conf", {"--key-requests-at-once", "3"}, {kAlice});
  BOOST_TEST(contains(execute, "rewrite ^ /__python_executor_unauthorized last;"), execute);
  BOOST_TEST(contains(execute, "limit_conn python_executor_keys 3;"), execute);
  BOOST_TEST(!contains(execute, "addresses"), execute);
}

BOOST_AUTO_TEST_CASE(a_limit_of_0_for_keys_means_no_limit) {
  const std::vector<std::string> none{"--key-requests-at-once", "0", "--key-requests-per-second",
                                      "0"};
  const std::string execute = file("execute.conf", none, {kAlice});
  BOOST_TEST(!contains(execute, "limit_req"), execute);
  BOOST_TEST(!contains(execute, "python_executor_keys"), execute);
  BOOST_TEST(!contains(file("http.conf", none, {kAlice}), "limit_req_zone"));
}

BOOST_AUTO_TEST_CASE(addresses_can_be_left_out_of_logs) {
  BOOST_TEST(contains(file("http.conf", {}), "default $remote_addr;"));
  BOOST_TEST(!contains(file("http.conf", {"--log-addresses", "no"}), "default $remote_addr;"));
  BOOST_TEST(contains(file("log.conf", {"--log-addresses", "no"}), "error_log stderr emerg;"));
}

BOOST_AUTO_TEST_CASE(the_description_of_the_api_has_numbers_and_words_filled_in) {
  const Config config = config_of({"--max-timeout-seconds", "45.5", "--max-body-kb", "2048"});
  BOOST_TEST(fill_openapi(R"({"maximum": "@MAX_TIMEOUT@", "text": "at most @MAX_BODY@."})",
                          config) == R"({"maximum": 45.5, "text": "at most 2 MB."})");
}

BOOST_AUTO_TEST_CASE(limits_that_are_no_limits_are_refused) {
  BOOST_TEST(
      contains(error_of({"--connections-per-address", "100001"}), "connections-per-address"));
  BOOST_TEST(contains(error_of({"--front-timeout-seconds", "nan"}), "front-timeout-seconds"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
