// What the launcher reads from its command line, and how it divides the ids. What it does as root
// is in tests/deploy/launcher_test.py.
#include <getopt.h>

#include <set>
#include <string>
#include <vector>

#include "launcher/options.h"
#include "launcher/setups.h"
#include "launcher/slices.h"
#include "support/boost_test.h"
#include "wire/launch.h"

namespace executor {
namespace {

Result<LauncherOptions> read(std::vector<std::string> words) {
  words.insert(words.begin(), "python-executor-launcher");
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::optind = 0;  // getopt(3) starts anew
  return read_options(static_cast<int>(words.size()), pointers.data());
}

std::string complaint(const std::vector<std::string>& words) {
  const auto options = read(words);
  return options ? "it is fine" : options.error().text();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(launcher_test)

BOOST_AUTO_TEST_CASE(every_option_is_read_and_the_rest_is_the_responders_command) {
  const auto options =
      read({"--user=u", "--runner", "/runner", "--uid-range=5000-6000", "--directory=/d",
            "--without-firejail", "--close-directories", "--", "/responder", "--user", "other"});
  BOOST_REQUIRE_MESSAGE(options.has_value(), (options ? "" : options.error().text()));
  BOOST_TEST(options->user == "u");
  BOOST_TEST(options->runner == "/runner");
  BOOST_TEST(options->first_id == 5000U);
  BOOST_TEST(options->last_id == 6000U);
  BOOST_TEST(options->directory == "/d");
  BOOST_TEST(options->without_firejail);
  BOOST_TEST(options->remove_world_write);
  BOOST_TEST((options->command == std::vector<std::string>{"/responder", "--user", "other"}));
}

BOOST_AUTO_TEST_CASE(nothing_is_done_unasked) {
  const auto options = read({"--runner=/runner", "/responder"});
  BOOST_REQUIRE(options.has_value());
  BOOST_TEST(!options->without_firejail);
  BOOST_TEST(!options->remove_world_write);
}

BOOST_AUTO_TEST_CASE(the_launcher_ignores_options_of_the_responder) {
  const auto options = read({"--runner=/runner", "/responder", "--close-directories"});
  BOOST_REQUIRE(options.has_value());
  BOOST_TEST(!options->remove_world_write);
  BOOST_TEST(options->command.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_mistake_is_refused_and_named) {
  BOOST_TEST(contains(complaint({"--runer=/r", "/responder"}), "--runer"));
  BOOST_TEST(contains(complaint({"/responder"}), "--runner"));
  BOOST_TEST(contains(complaint({"--runner=runner", "/responder"}), "--runner must be"));
  BOOST_TEST(contains(complaint({"--runner=/r", "--directory=d", "/responder"}), "--directory"));
  BOOST_TEST(contains(complaint({"--runner=/r"}), "command"));
  BOOST_TEST(contains(complaint({"--runner=/r", "responder"}), "absolute path of a program"));
  BOOST_TEST(contains(complaint({"--runner"}), "--runner"));
}

BOOST_AUTO_TEST_CASE(ranges_that_reach_into_other_users_or_are_too_small_are_refused) {
  for (const std::string range : {"0-29999", "999-29999", "20000", "20000-", "20000-20062",
                                  "29999-20000", "20000-29999x", "20000-4294967295", "a-b", ""}) {
    const std::string said = complaint({"--runner=/r", "--uid-range=" + range, "/responder"});
    BOOST_TEST(contains(said, "--uid-range must look like"), range << ": " << said);
  }
  BOOST_TEST(complaint({"--runner=/r", "--uid-range=1000-1063", "/responder"}) == "it is fine");
}

BOOST_AUTO_TEST_CASE(slices_do_not_overlap_and_stay_in_the_range) {
  LauncherOptions options;
  options.first_id = 20'000;
  options.last_id = 20'066;  // not a multiple of their number
  Slices slices(options);
  std::set<uid_t> ids;
  std::size_t total = 0;
  while (const auto slice = slices.take()) {
    BOOST_TEST(slice->last > slice->first);  // a worker and its sweeper
    for (uid_t id = slice->first; id <= slice->last; ++id) ids.insert(id);
    total += slice->last - slice->first + 1;
  }
  BOOST_TEST(ids.size() == total);
  BOOST_TEST(*ids.begin() == 20'000U);
  BOOST_TEST(*ids.rbegin() <= 20'066U);
}

BOOST_AUTO_TEST_CASE(a_slice_that_is_given_back_is_the_last_to_be_taken_again) {
  Slices slices{LauncherOptions()};
  const auto first = slices.take();
  BOOST_REQUIRE(first.has_value());
  slices.give_back(*first);
  std::vector<uid_t> order;
  while (const auto slice = slices.take()) order.push_back(slice->first);
  BOOST_TEST(order.size() > 1U);
  BOOST_TEST(order.back() == first->first);
}

BOOST_AUTO_TEST_CASE(setups_are_known_by_their_digests) {
  const auto setups = parse_setups("setup 00ff\nsetup 61\n");
  BOOST_REQUIRE(setups.has_value());
  BOOST_TEST(setups->known.size() == 2U);
  BOOST_TEST(setups->known.at(digest_of("a")) == "a");
  BOOST_TEST(setups->known.at(digest_of(std::string("\0\xff", 2))) == std::string("\0\xff", 2));
  BOOST_TEST(!setups->only_uid);
  BOOST_TEST(parse_setups("only-uid\nsetup 61\n")->only_uid);
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_setups_is_refused) {
  for (const std::string printed :
       {"", "setup 61", "setup 6\n", "setup \n", "setup 6G\n", "setup 61 \n", "setups 61\n",
        "only-uid\n", "\n", "setup 61\nREADY=1\n"}) {
    BOOST_TEST(!parse_setups(printed).has_value(), printed);
  }
  BOOST_TEST(!parse_setups("setup " + std::string(1 << 18, '0') + "\n").has_value());
}

BOOST_AUTO_TEST_CASE(a_request_names_a_setup_and_nothing_else) {
  const std::string request = encode_launch(digest_of("a setup"));
  BOOST_TEST((decode_launch(request) == digest_of("a setup")));
  BOOST_TEST(!decode_launch(request + "?").has_value());
  BOOST_TEST(!decode_launch(request.substr(0, request.size() - 1)).has_value());
  BOOST_TEST(!decode_launch("start").has_value());
  BOOST_TEST(!decode_launch("stop!" + request.substr(5)).has_value());
  BOOST_TEST(digest_of("a setup") != digest_of("a setuq"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
