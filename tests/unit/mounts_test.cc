// What is read from a worker's table of mounts (src/jail/mounts.cc).
#include <string>
#include <vector>

#include "jail/attestation.h"
#include "jail/canary.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// The mounts that are one too many in a table of these lines on top of what every worker has.
std::string more_mounts(const std::string& lines, const std::vector<std::string>& exposed = {},
                        const std::vector<std::string>& machines = {}) {
  const std::string ordinary =
      "9 1 0:1 / / ro - tmpfs sandbox rw\n10 9 8:1 /usr/lib /usr/lib ro - ext4 /dev/vda rw\n"
      "11 9 0:5 /null /dev/null ro - devtmpfs udev rw\n"
      "12 9 0:9 /home /home/sandbox rw - tmpfs scratch rw\n"
      "13 9 8:1 /usr/share/zoneinfo/UTC /etc/localtime ro - ext4 /dev/vda rw\n";
  return mount_facts(ordinary + lines, exposed, machines)["mounts.more"];
}

BOOST_AUTO_TEST_SUITE(mounts_test)

BOOST_AUTO_TEST_CASE(a_table_of_mounts_is_judged_by_what_should_not_be_in_it) {
  const std::string sound =
      "9 1 0:1 / / ro,nosuid,nodev,relatime - tmpfs sandbox rw\n"
      "10 9 8:1 /usr/bin /usr/bin ro,nosuid,nodev - ext4 /dev/vda rw\n"
      "11 9 0:5 /null /dev/null ro,nosuid,noexec - devtmpfs udev rw\n"
      "12 9 0:9 /home /home/sandbox rw,nosuid,nodev - tmpfs scratch rw\n";
  BOOST_TEST((mount_facts(sound, {}, {}) == Facts{{"mounts.writable", "/home/sandbox"},
                                                  {"mounts.suid", ""},
                                                  {"mounts.devices", ""},
                                                  {"mounts.shared", ""},
                                                  {"mounts.more", ""}}));
  const std::string unsound =
      "13 9 8:1 /opt /opt/a\\040b rw,nodev shared:1 - ext4 /dev/vda rw\n"
      "14 9 0:5 /full /dev/full ro,nosuid - devtmpfs udev rw\n"
      "15 9 0:5 /x /mnt ro,nosuid,noexec master:2 propagate_from:1 - devtmpfs udev rw\n";
  BOOST_TEST(
      (mount_facts(sound + unsound, {}, {}) == Facts{{"mounts.writable", "/home/sandbox /opt/a b"},
                                                     {"mounts.suid", "/opt/a b"},
                                                     {"mounts.devices", "/dev/full /mnt"},
                                                     {"mounts.shared", "/mnt /opt/a b"},
                                                     {"mounts.more", "/mnt /opt/a b"}}));
  BOOST_TEST(mount_facts("", {}, {}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_mounted_where_nothing_should_be_is_named) {
  BOOST_TEST(more_mounts("").empty());
  for (const std::string place : {"/mnt", "/proc", "/opt/a", "/etc/shadow", "/dev/zero", "/usr",
                                  "/usr/lib/x", "/usr/library", "/home/sandbox/x", "/tmp/x"}) {
    BOOST_TEST(more_mounts("20 10 8:1 /var " + place + " ro - ext4 /dev/vda rw\n") == place);
  }
}

BOOST_AUTO_TEST_CASE(what_hides_a_promised_mount_is_named) {
  for (const std::string place : {"/", "/usr/lib", "/dev/null", "/home/sandbox"}) {
    BOOST_TEST(more_mounts("20 9 8:1 /var " + place + " ro - ext4 /dev/vda rw\n") == place);
  }
}

BOOST_AUTO_TEST_CASE(what_the_machine_has_mounted_below_a_bound_directory_may_be_there) {
  const std::string line = "20 10 8:7 / /usr/lib/x ro - ext4 /dev/vdb rw\n";
  BOOST_TEST(more_mounts(line) == "/usr/lib/x");
  BOOST_TEST(more_mounts(line, {}, {"/usr/lib/x"}).empty());
  BOOST_TEST(more_mounts("20 9 8:7 / /opt/a ro - ext4 /dev/vdb rw\n", {}, {"/opt/a"}) == "/opt/a");
  const std::string exposed =
      "20 9 8:7 / /opt/a ro - ext4 /dev/vdb rw\n21 20 8:8 / /opt/a/b ro - ext4 /dev/vdc rw\n";
  BOOST_TEST(more_mounts(exposed, {"/opt/a"}) == "/opt/a/b");
  BOOST_TEST(more_mounts(exposed, {"/opt/a"}, {"/opt/a", "/opt/a/b"}).empty());
}

BOOST_AUTO_TEST_CASE(what_firejail_mounts_below_a_bound_directory_shows_the_same_files_or_none) {
  BOOST_TEST(more_mounts("20 10 8:1 /usr/lib/x /usr/lib/x ro - ext4 /dev/vda rw\n").empty());
  BOOST_TEST(more_mounts("20 10 8:1 /usr/lib /usr/lib ro - ext4 /dev/vda rw\n").empty());
  BOOST_TEST(more_mounts("20 10 8:1 /usr/lib/y /usr/lib/x ro - ext4 /dev/vda rw\n") ==
             "/usr/lib/x");
  BOOST_TEST(more_mounts("20 10 8:2 /usr/lib/x /usr/lib/x ro - ext4 /dev/vdb rw\n") ==
             "/usr/lib/x");
  BOOST_TEST(
      more_mounts("20 10 0:3 /firejail/firejail.ro.dir /usr/lib/modules ro - tmpfs tmpfs rw\n")
          .empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
