#include "base/file_at.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/plain_directory.h"

namespace executor {
namespace {

using test::PlainDirectory;

BOOST_AUTO_TEST_SUITE(file_at_test)

BOOST_AUTO_TEST_CASE(what_is_written_can_be_read) {
  const PlainDirectory plain;
  std::ofstream(plain.path / "pids.max") << "max\n";
  BOOST_TEST(write_at(plain.fd.get(), "pids.max", "640").has_value());
  const auto text = read_at(plain.fd.get(), "pids.max");
  BOOST_REQUIRE(text);
  BOOST_TEST(*text == "640\n");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_not_made_by_writing_to_it) {
  const PlainDirectory plain;
  const auto wrote = write_at(plain.fd.get(), "memory.max", "1");
  BOOST_REQUIRE(!wrote);
  BOOST_TEST(wrote.error().error == ENOENT);
  BOOST_TEST(wrote.error().text().starts_with("open memory.max: "));
  BOOST_TEST(!std::filesystem::exists(plain.path / "memory.max"));
}

BOOST_AUTO_TEST_CASE(a_write_that_the_kernel_refuses_is_a_failure_that_says_what_was_written) {
  const auto wrote = write_at(AT_FDCWD, "/dev/full", "1");
  BOOST_REQUIRE(!wrote);
  BOOST_TEST(wrote.error().error == ENOSPC);
  BOOST_TEST(wrote.error().step == "write \"1\" to /dev/full");
}

BOOST_AUTO_TEST_CASE(a_directory_of_which_only_the_path_was_opened_will_do) {
  const UniqueFd proc(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  BOOST_REQUIRE(proc);
  const auto text = read_at(proc.get(), "self/status");
  BOOST_REQUIRE(text);
  BOOST_TEST(text->find("\nPid:\t" + std::to_string(::getpid()) + "\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_without_an_end_is_cut) {
  const auto text = read_at(AT_FDCWD, "/dev/zero");
  BOOST_REQUIRE(text);
  BOOST_TEST(text->size() == 64U * 1024U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
