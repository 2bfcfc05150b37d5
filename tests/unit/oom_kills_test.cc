#include "resources/oom_kills.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "support/boost_test.h"

namespace executor {
namespace {

std::uint64_t counted_in(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / "oom_kills_test";
  std::ofstream(path) << text;
  const std::uint64_t count = read_oom_kills(path);
  std::filesystem::remove(path);
  return count;
}

BOOST_AUTO_TEST_SUITE(oom_kills_test)

BOOST_AUTO_TEST_CASE(the_count_is_the_kernels_whatever_stands_around_it) {
  BOOST_TEST(counted_in("nr_free_pages 7\noom_kill 3\ndrop_pagecache 1\n") == 3U);
  BOOST_TEST(counted_in("oom_kill 18446744073709551615\n") == 18446744073709551615U);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_does_not_count_reports_no_kills) {
  BOOST_TEST(counted_in("nr_free_pages 7\nno_oom_kill 4\n") == 0U);
  BOOST_TEST(counted_in("") == 0U);
  BOOST_TEST(read_oom_kills("/proc/no/such/file") == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_noted_is_no_more_than_what_is_counted) {
  BOOST_TEST(refresh_oom_kills() <= read_oom_kills());
  BOOST_TEST(last_oom_kills() <= read_oom_kills());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
