// What the texts of cgroupfs mean, and that other directories are not taken for cgroups. That the
// kernel limits what is in one is seen in a virtual machine: tests/deploy/cgroup_test.py.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>
#include <fstream>

#include "resources/cgroup.h"
#include "resources/cgroup_file.h"
#include "support/boost_test.h"
#include "support/plain_directory.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

using test::PlainDirectory;  // which is no cgroup

BOOST_AUTO_TEST_SUITE(cgroup_test)

BOOST_AUTO_TEST_CASE(the_unified_path_is_that_of_hierarchy_zero) {
  BOOST_TEST(unified_path("0::/\n") == "/");
  BOOST_TEST(unified_path("0::/system.slice/a.service\n") == "/system.slice/a.service");
  BOOST_TEST(unified_path("0::/a/../b\n") == "/a/../b");
  BOOST_TEST(unified_path("9:name=systemd:/x\n1:cpu:/y\n0::/z\n") == "/z");
  BOOST_TEST(unified_path("0::/with:colon and blank\n") == "/with:colon and blank");
}

BOOST_AUTO_TEST_CASE(where_there_is_no_unified_hierarchy_the_path_is_empty) {
  BOOST_TEST(unified_path("").empty());
  BOOST_TEST(unified_path("9:name=systemd:/x\n4:memory:/y\n").empty());
  BOOST_TEST(unified_path("10::/x\n").empty());
}

BOOST_AUTO_TEST_CASE(a_cgroup_out_of_sight_or_removed_has_no_path) {
  BOOST_TEST(unified_path("0::/../other\n").empty());
  BOOST_TEST(unified_path("0::/a.service/1 (deleted)\n").empty());
}

BOOST_AUTO_TEST_CASE(a_counter_is_found_by_its_whole_name) {
  const std::string_view events =
      "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 18446744073709551615\n";
  BOOST_TEST((counter(events, "oom") == 3));
  BOOST_TEST((counter(events, "oom_kill") == 2));
  BOOST_TEST((counter(events, "low") == 0));
  BOOST_TEST((counter(events, "oom_group_kill") == 18446744073709551615ULL));
}

BOOST_AUTO_TEST_CASE(a_counter_that_is_missing_or_no_number_is_not_zero) {
  for (const std::string_view events :
       {"", "oom 1\n", "oom_kill", "oom_kill\n", "oom_kill \n", "oom_kill x\n", "oom_kill -1\n",
        "oom_kill 1x\n", "oom_kill 99999999999999999999\n", "oom_kills 1\n", " oom_kill 1\n"}) {
    BOOST_TEST(!counter(events, "oom_kill").has_value(), "in \"" << events << "\"");
  }
}

BOOST_AUTO_TEST_CASE(a_list_is_taken_apart_at_blanks_and_lines) {
  BOOST_TEST((words_of("cpuset cpu io memory\n") ==
              std::vector<std::string>{"cpuset", "cpu", "io", "memory"}));
  BOOST_TEST((words_of("12\n345\n") == std::vector<std::string>{"12", "345"}));
  BOOST_TEST(words_of("\n").empty());
}

BOOST_AUTO_TEST_CASE(what_systemd_has_marked_is_delegated_and_nothing_else) {
  const PlainDirectory plain;
  const auto mark = [&plain](const char* value) {
    BOOST_REQUIRE(::fsetxattr(plain.fd.get(), "user.delegate", value, 1, 0) == 0);
  };
  BOOST_TEST(!is_marked_as_delegated(plain.fd.get(), "/session.scope"));
  mark("0");
  BOOST_TEST(!is_marked_as_delegated(plain.fd.get(), "/session.scope"));
  mark("1");
  BOOST_TEST(is_marked_as_delegated(plain.fd.get(), "/session.scope"));
}

BOOST_AUTO_TEST_CASE(a_containers_root_is_delegated_and_the_machines_is_not) {
  const PlainDirectory plain;
  BOOST_TEST(!is_marked_as_delegated(plain.fd.get(), "/"));
  std::ofstream(plain.path / "cgroup.type") << "domain\n";
  BOOST_TEST(is_marked_as_delegated(plain.fd.get(), "/"));
  BOOST_TEST(!is_marked_as_delegated(plain.fd.get(), "/session.scope"));
}

BOOST_AUTO_TEST_CASE(to_remove_what_is_not_there_is_done_already) {
  const PlainDirectory plain;
  BOOST_TEST(remove_cgroup(plain.fd.get(), "runs", Deadline::after({})).has_value());
}

BOOST_AUTO_TEST_CASE(a_plain_directory_is_not_removed_as_a_cgroup) {
  const PlainDirectory plain;
  fs::create_directories(plain.path / "runs" / "1");
  BOOST_TEST(!remove_cgroup(plain.fd.get(), "runs", Deadline::after({})).has_value());
  BOOST_TEST(fs::exists(plain.path / "runs" / "1"));
}

BOOST_AUTO_TEST_CASE(a_link_is_not_followed_to_a_cgroup) {
  const PlainDirectory plain;
  fs::create_directory(plain.path / "other");
  fs::create_directory_symlink("other", plain.path / "runs");
  BOOST_TEST(!open_directory(plain.fd.get(), "runs"));
  BOOST_TEST(!remove_cgroup(plain.fd.get(), "runs", Deadline::after({})));
}

BOOST_AUTO_TEST_CASE(without_populated_zero_a_cgroup_is_not_empty) {
  const PlainDirectory plain;
  BOOST_TEST(!await_empty(plain.fd.get(), Deadline::after({})));
  std::ofstream(plain.path / "cgroup.events") << "frozen 0\n";
  BOOST_TEST(!await_empty(plain.fd.get(), Deadline::after({})));
  std::ofstream(plain.path / "cgroup.events") << "populated 0\nfrozen 0\n";
  BOOST_TEST(await_empty(plain.fd.get(), Deadline::after({})));
}

BOOST_AUTO_TEST_CASE(a_run_may_fill_its_scratch_space_and_its_memory) {
  SandboxLimits limits;
  limits.memory = 512ULL << 20;
  limits.scratch = 64ULL << 20;
  limits.processes = 7;
  const CgroupLimits derived = cgroup_limits(limits);
  BOOST_TEST(derived.memory > limits.memory + limits.scratch);
  BOOST_TEST(derived.memory < limits.memory + 2 * limits.scratch + 1);
  BOOST_TEST(derived.processes == 7);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
