// Which paths are root's alone. The tests run as an ordinary user, so what is theirs is another's.
#include "base/roots_own.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/boost_test.h"
#include "support/plain_directory.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

std::string complaint(const std::string& path) {
  const auto own = require_roots_own(path);
  return own ? "it is root's" : own.error().text();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(roots_own_test)

BOOST_AUTO_TEST_CASE(programs_of_the_system_are_roots_whatever_links_lead_to_them) {
  for (const std::string path : {"/", "/usr/bin/python3", "/bin/sh", "/usr/../bin/./sh",
                                 "/usr/lib/python3", "/etc/alternatives"}) {
    BOOST_TEST(complaint(path) == "it is root's", path << ": " << complaint(path));
  }
}

BOOST_AUTO_TEST_CASE(what_another_user_has_is_not) {
  const test::PlainDirectory mine;
  std::ofstream(mine.path / "file") << "import os";
  BOOST_TEST(contains(complaint(mine.path), "can be written by others than root"));
  BOOST_TEST(contains(complaint(mine.path / "file"), "can be written by others than root"));
}

BOOST_AUTO_TEST_CASE(a_link_that_another_user_can_change_is_not_whatever_it_leads_to) {
  const test::PlainDirectory mine;
  fs::create_symlink("/usr/bin/python3", mine.path / "python3");
  BOOST_TEST(!require_roots_own(mine.path / "python3").has_value());
  fs::create_symlink("/usr", mine.path / "usr");
  BOOST_TEST(!require_roots_own(mine.path / "usr/bin/python3").has_value());
}

// Where all may write but remove nothing that is another's: a container may have closed some.
std::string sticky_directory() {
  for (const char* path : {"/tmp", "/var/tmp", "/dev/shm"}) {
    if (::access(path, W_OK) == 0) return path;
  }
  BOOST_FAIL("no directory where all may write");
  return {};
}

BOOST_AUTO_TEST_CASE(a_directory_where_all_may_write_is_not_a_place_for_modules) {
  BOOST_TEST(contains(complaint(sticky_directory()), "can be written by others than root"));
}

BOOST_AUTO_TEST_CASE(a_link_of_another_user_in_such_a_directory_is_not_followed) {
  const fs::path link = sticky_directory() + "/roots-own-" + std::to_string(::getpid());
  fs::create_symlink("/usr/bin/python3", link);
  BOOST_TEST(contains(complaint(link), "a link that is not root's"));
  fs::remove(link);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_has_no_root_is_a_failure) {
  BOOST_TEST(contains(complaint("/usr/bin/no-such-program"), "No such file"));
  BOOST_TEST(contains(complaint("usr/bin"), "absolute"));
  BOOST_TEST(contains(complaint(""), "absolute"));
  BOOST_TEST(!require_roots_own("/proc/self/exe/..").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
