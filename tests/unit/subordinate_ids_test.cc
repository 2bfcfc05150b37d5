#include "jail/subordinate_ids.h"

#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

constexpr uid_t kUid = 999;

// "FIRST+COUNT", or "none".
std::string range_of(std::string_view text) {
  const auto range = largest_range(text, "service", kUid);
  return range ? std::to_string(range->first) + "+" + std::to_string(range->count) : "none";
}

IdentityFacts all_there() {
  IdentityFacts facts;
  facts.user = "service";
  facts.programs = facts.privileged = true;
  facts.uids = {100'000, 200};
  facts.gids = {300'000, 300};
  return facts;
}

std::string missing(const IdentityFacts& facts, std::uint32_t least = 100) {
  const auto usable = usable_ids(facts, least);
  return usable ? "nothing" : usable.error().text();
}

BOOST_AUTO_TEST_SUITE(subordinate_ids_test)

BOOST_AUTO_TEST_CASE(a_range_is_found_by_name_and_by_number) {
  BOOST_TEST(range_of("service:100000:65536\n") == "100000+65536");
  BOOST_TEST(range_of("999:100000:65536\n") == "100000+65536");
  BOOST_TEST(range_of("other:1:2\nservice:100000:65536") == "100000+65536");
}

BOOST_AUTO_TEST_CASE(the_largest_of_several_ranges_is_taken_and_of_equals_the_first) {
  BOOST_TEST(range_of("service:1000:10\n999:2000:30\nservice:3000:20\n") == "2000+30");
  BOOST_TEST(range_of("service:3000:10\nservice:2000:10\n") == "3000+10");
}

BOOST_AUTO_TEST_CASE(the_ranges_of_others_are_not_taken) {
  for (const char* text : {"", "other:100000:65536\n", "services:100000:65536\n", "99:1000:10\n",
                           "9990:1000:10\n", ":100000:65536\n"}) {
    BOOST_TEST(range_of(text) == "none", text);
  }
}

BOOST_AUTO_TEST_CASE(malformed_lines_are_passed_over) {
  for (const char* line :
       {"service", "service:", "service:1000", "service:1000:", "service::10", "service:x:10",
        "service:1000:10x", "service:-1000:10", "service:1000:-10", "service:1000:0",
        "service:1000:10:5", "service: 1000:10", "service:99999999999:10",
        "service:1000:99999999999", "# service:1000:10", "\n\n", ":::"}) {
    BOOST_TEST(range_of(line) == "none", line);
    BOOST_TEST(range_of(std::string(line) + "\nservice:5000:7\n") == "5000+7", line);
  }
}

BOOST_AUTO_TEST_CASE(a_range_with_root_or_the_service_or_no_id_in_it_is_passed_over) {
  BOOST_TEST(range_of("service:0:10\n") == "none");
  BOOST_TEST(range_of("service:990:10\n") == "none");
  BOOST_TEST(range_of("service:990:9\n") == "990+9");
  BOOST_TEST(range_of("service:1000:10\n") == "1000+10");
  BOOST_TEST(range_of("service:4294967285:10\n") == "4294967285+10");
  BOOST_TEST(range_of("service:4294967286:10\n") == "none");
  BOOST_TEST(range_of("service:1000:4294967295\n") == "none");
}

BOOST_AUTO_TEST_CASE(as_many_ids_are_usable_as_both_files_give) {
  const auto usable = usable_ids(all_there(), 200);
  BOOST_REQUIRE(usable.has_value());
  BOOST_TEST(usable->uids.first == 100'000U);
  BOOST_TEST(usable->uids.count == 200U);
  BOOST_TEST(usable->gids.first == 300'000U);
  BOOST_TEST(usable->gids.count == 200U);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named) {
  IdentityFacts facts = all_there();
  BOOST_TEST(missing(facts, 201) == "/etc/subuid and /etc/subgid give service fewer than 201 ids");
  facts.gids.reset();
  BOOST_TEST(missing(facts) == "/etc/subgid gives service no range of ids");
  facts.uids.reset();
  BOOST_TEST(missing(facts) == "/etc/subuid gives service no range of ids");
  facts.no_new_privs = true;
  BOOST_TEST(missing(facts) == "no_new_privs is set, so newuidmap has no rights");
  facts.privileged = false;
  BOOST_TEST(missing(facts) == "newuidmap and newgidmap are not set-user-ID root");
  facts.programs = false;
  BOOST_TEST(missing(facts) == "newuidmap and newgidmap are not installed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
