#include "jail/attestation.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/fd.h"
#include "jail/canary.h"
#include "jail/probes.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// What a canary in the full tier has printed.
const std::string& canary_output() {
  static const std::string output =
      "uid\t1000 1000 1000\ngid\t1000 1000 1000\npid\t1\nno_new_privs\t1\nseccomp\t2\n"
      "capabilities\t0\nbounding_set\t0\ndescriptors\t0 1 2 1000\n"
      "streams\tnull 10000 10000\n"
      "root\tbin dev etc home lib lib64 mnt proc sbin tmp "
      "usr\nproc\t\nhome\t\ncgroups\t\nhome.write\tdone\ntmp.write\tdone\nwritable\t/dev/shm\n"
      "families\t2 10\ninterfaces\tlo\n"
      "connect.ipv4\tENETUNREACH\nconnect.ipv6\tENETUNREACH\n"
      "write./\tEROFS\nwrite./usr/bin\tEROFS\nwrite./usr/lib\tEROFS\nwrite./etc\tEROFS\n"
      "write./dev\tEROFS\nwrite./home\tEROFS\nwrite./mnt\tEROFS\nwrite./proc\tEROFS\n"
      "socket.netlink\tEPERM\nsocket.packet\tEPERM\nsocket.raw\tEPERM\n"
      "act.mount\tEPERM\nact.pivot_root\tEPERM\nact.chroot\tEPERM\nact.unshare\tEPERM\n"
      "act.setns\tEPERM\nact.clone_newuser\tEPERM\nact.ptrace\tEPERM\n"
      "act.process_vm_readv\tEPERM\nact.bpf\tEPERM\nact.perf_event_open\tEPERM\n"
      "act.keyctl\tEPERM\nact.io_uring_setup\tEPERM\nact.open_by_handle_at\tEPERM\n"
      "act.memfd_create\tEPERM\nact.shmget\tEPERM\njob_socket\tEPERM\n"
      "securebits\t239\ndeath_signal\t9\nentry.32_bit\tENOSYS\nentry.x32\tENOSYS\n"
      "accounts\troot sandbox nobody\nhost\tsandbox\nnames./dev\t\nnames./etc\t\nnames./usr\t\n"
      "names./usr/sbin\t\nnames./usr/share\t\ndevices\t\nenvironment\t\nfilter\t\n"
      "filter.probes\t" +
      std::to_string(seccomp_probes(Tier::kFull).size()) +
      "\n"
      "scratch\t67108864 4096\n"
      "limit.as\t805306368 above the zygote\nlimit.core\t1 1\nlimit.cpu\t60 61\n"
      "limit.data\t536870912 above the zygote\nlimit.fsize\t33554432 33554432\n"
      "limit.memlock\t65536 65536\nlimit.msgqueue\t0 0\nlimit.nice\t0 0\n"
      "limit.nofile\t256 256\nlimit.nproc\t64 64\nlimit.rtprio\t0 0\n"
      "limit.sigpending\t1024 1024\n";
  return output;
}

Facts inside() {
  return parse_facts(canary_output());
}

Facts outside() {
  const std::string none = "0000000000000000";
  return {{"ns.user", "own"},
          {"ns.pid", "own"},
          {"ns.mnt", "own"},
          {"ns.net", "own"},
          {"ns.ipc", "own"},
          {"ns.uts", "own"},
          {"ns.cgroup", "own"},
          {"status.CapInh", none},
          {"status.CapPrm", none},
          {"status.CapEff", none},
          {"status.CapBnd", none},
          {"status.CapAmb", none},
          {"status.NoNewPrivs", "1"},
          {"sandbox.seccomp", "own"},
          {"sandbox.pid", "own"},
          {"jail.seccomp", "own"},
          {"jail.pid", "own"},
          {"identity", "the service's"},
          {"mounts.suid", ""},
          {"mounts.devices", ""},
          {"mounts.shared", ""},
          {"mounts.more", ""},
          {"ids.mapped", "1000 1, 1000 1"},
          {"descriptors.inheritable", "0 1 2"},
          {"zygote.user", "own"},
          {"zygote.NoNewPrivs", "1"},
          {"session", "own"},
          {"network.traffic", "none"},
          {"oom_score_adj", "1000"},
          {"mounts.writable", "/dev/shm /home/sandbox /tmp"},
          {"descriptors.more", "0"}};
}

std::string first_word(const std::string& text) {
  return text.substr(0, text.find(' '));
}

BOOST_AUTO_TEST_SUITE(attestation_test)

BOOST_AUTO_TEST_CASE(a_sandbox_of_which_every_fact_is_fine_misses_nothing) {
  const auto missing = missing_facts(Setup(), inside(), outside());
  BOOST_TEST_CONTEXT(missing.size()
                     << " missing, first: " << (missing.empty() ? "" : missing.front())) {
    BOOST_TEST(missing.empty());
  }
}

BOOST_AUTO_TEST_CASE(each_fact_that_is_missing_is_named_and_it_alone) {
  for (const auto& [name, value] : inside()) {
    Facts facts = inside();
    facts.erase(name);
    const auto missing = missing_facts(Setup(), facts, outside());
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is unknown, not \"" + value + "\"");
  }
  for (const auto& [name, value] : outside()) {
    Facts facts = outside();
    facts.erase(name);
    const auto missing = missing_facts(Setup(), inside(), facts);
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is unknown, not \"" + value + "\"");
  }
}

BOOST_AUTO_TEST_CASE(each_fact_that_is_different_is_named_and_it_alone) {
  for (const auto& [name, value] : inside()) {
    for (const std::string& changed : {value + " ", value + "0", std::string("else")}) {
      Facts facts = inside();
      facts[name] = changed;
      const auto missing = missing_facts(Setup(), facts, outside());
      BOOST_REQUIRE(missing.size() == 1U);
      BOOST_TEST(missing[0] == name + " is \"" + changed + "\", not \"" + value + "\"");
    }
  }
  for (const auto& [name, value] : outside()) {
    Facts facts = outside();
    facts[name] = "shared";
    const auto missing = missing_facts(Setup(), inside(), facts);
    BOOST_REQUIRE(missing.size() == 1U);
    BOOST_TEST(missing[0] == name + " is \"shared\", not \"" + value + "\"");
  }
}

BOOST_AUTO_TEST_CASE(no_facts_at_all_miss_every_promise) {
  BOOST_TEST(missing_facts(Setup(), {}, {}).size() == inside().size() + outside().size());
}

BOOST_AUTO_TEST_CASE(what_is_seen_from_outside_cannot_be_claimed_from_inside) {
  Facts claimed = inside();
  claimed.merge(outside());
  Facts seen = outside();
  seen["ns.net"] = "shared";
  const auto missing = missing_facts(Setup(), claimed, seen);
  BOOST_REQUIRE(missing.size() == 1U);
  BOOST_TEST(first_word(missing[0]) == "ns.net");
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_facts_are_ignored) {
  const Facts facts = parse_facts("hello\n\nuid\t0\n \nno tab here\nvalue\twith\ttabs\nproc\t");
  BOOST_TEST((facts == Facts{{"uid", "0"}, {"value", "with\ttabs"}, {"proc", ""}}));
  BOOST_TEST(parse_facts("").empty());
}

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

BOOST_AUTO_TEST_CASE(surplus_facts_change_nothing) {
  const Facts more = parse_facts("noise\n" + canary_output() + "unknown\tfact\n");
  BOOST_TEST(missing_facts(Setup(), more, outside()).empty());
}

BOOST_AUTO_TEST_CASE(the_canary_reports_every_fact_that_is_judged) {
  const std::string script = canary_for(Setup());
  for (const auto& [name, value] : inside()) {
    std::string call = "fact(\"" + name + "\"";
    if (name.starts_with("names.")) call = "'" + name.substr(6) + "':";
    if (name.starts_with("write.")) call = "\"" + name.substr(6) + "\"";
    if (name.starts_with("limit.")) call = "\"" + name + "\"";
    BOOST_TEST(script.find(call) != std::string::npos, "the canary does not report " << name);
  }
}

BOOST_AUTO_TEST_CASE(the_limits_that_are_promised_are_those_of_the_configuration) {
  Setup other;
  other.limits = {.memory = 256ULL << 20,
                  .file_size = 1 << 20,
                  .scratch = 2 << 20,
                  .scratch_inodes = 99,
                  .cpu_seconds = 7,
                  .processes = 5,
                  .open_files = 17};
  Facts facts = inside();
  BOOST_TEST(missing_facts(other, facts, outside()).size() == 7U);
  facts["limit.as"] = "536870912 above the zygote";
  facts["limit.data"] = "268435456 above the zygote";
  facts["limit.fsize"] = "1048576 1048576";
  facts["limit.cpu"] = "7 8";
  facts["limit.nproc"] = "5 5";
  facts["limit.nofile"] = "17 17";
  facts["scratch"] = "2097152 99";
  BOOST_TEST(missing_facts(other, facts, outside()).empty());
}

BOOST_AUTO_TEST_CASE(
    resource_limits_are_promised_by_every_tier_and_scratch_space_by_those_with_mounts) {
  for (const Tier tier : kTiers) {
    Setup setup;
    setup.tier = tier;
    std::size_t limits = 0;
    for (const Judgement& judged : judge_facts(setup, {}, {})) {
      if (judged.name.starts_with("limit.") && judged.applies) ++limits;
      if (judged.name == "job_socket") BOOST_TEST(judged.applies);
      if (judged.name == "scratch") BOOST_TEST(judged.applies == (tier != Tier::kUid));
    }
    BOOST_TEST(limits == 12U);
  }
}

BOOST_AUTO_TEST_CASE(a_zygote_without_a_user_namespace_has_its_six_rights_and_no_more) {
  Setup setup;
  setup.tier = Tier::kUid;
  for (const std::string name : {"zygote.CapPrm", "zygote.CapBnd"}) {
    for (const auto& [found, fine] : {std::pair("00000000000001e3", true),
                                      {"00000000000001e7", false},
                                      {"000001ffffffffff", false}}) {
      std::vector<Judgement> judged = judge_facts(setup, {}, {{name, found}});
      std::erase_if(judged, [&name](const Judgement& one) { return one.name != name; });
      BOOST_REQUIRE(judged.size() == 1U);
      BOOST_TEST(judged[0].applies);
      BOOST_TEST(judged[0].holds() == fine, name << " " << found);
    }
  }
}

// What becomes of a limit of data, with 512 MB promised, when the zygote maps `mapped` bytes.
std::string related(const std::string& limit, const std::string& mapped) {
  Facts told = {{"limit.data", limit}};
  relate_memory_limits(SandboxLimits(), {{"zygote.data", mapped}}, told);
  return told["limit.data"];
}

BOOST_AUTO_TEST_CASE(a_limit_of_memory_holds_on_top_of_what_the_zygote_maps) {
  const std::string promise = "536870912 above the zygote";
  BOOST_TEST(related("576716800 576716800", "39845888") == promise);
  BOOST_TEST(related("536870912 536870912", "39845888") == promise);
  for (const std::string wrong : {"-1 -1", "4294967296 4294967296", "576716800 -1",
                                  "536870911 536870911", "576716800", "", "unlimited unlimited"}) {
    BOOST_TEST(related(wrong, "39845888") == wrong);
  }
  for (const std::string unknown : {"", "none"}) {
    BOOST_TEST(related("576716800 576716800", unknown) == "576716800 576716800");
  }
}

BOOST_AUTO_TEST_CASE(a_limit_that_was_not_reported_stays_missing) {
  Facts told;
  relate_memory_limits(SandboxLimits(), {{"zygote.data", "1"}}, told);
  BOOST_TEST(told.empty());
}

// Waits until `parent`, which made this process, ends; it may have ended already.
[[noreturn]] void wait_for_the_end_of(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  for (;;) ::pause();
}

// What each part of a family does first, in a process of its own: a child of the test's, and two
// children of that one, after which it does one thing more.
struct Plan {
  int zygote = 0;        // unshare(2)
  bool workers = false;  // whether it has children
  int later = 0;         // unshare(2), after they were made
};

class Family {
 public:
  explicit Family(const Plan& plan) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const UniqueFd reading(ends[0]), writing(ends[1]);
    const pid_t test = ::getpid();
    zygote = ::fork();
    if (zygote == 0) live(plan, test, writing.get());
    BOOST_REQUIRE(::read(reading.get(), &worker, sizeof worker) == sizeof worker);
    BOOST_REQUIRE_MESSAGE(worker >= 0, "namespaces cannot be made");
  }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;
  ~Family() {
    ::kill(zygote, SIGKILL);
    ::waitpid(zygote, nullptr, 0);
  }

  pid_t zygote = -1;
  pid_t worker = -1;  // 0 without any

 private:
  [[noreturn]] static void live(const Plan& plan, pid_t test, int writing) {
    const pid_t self = ::getpid();
    bool done = ::unshare(plan.zygote) == 0;
    std::array<pid_t, 2> workers{};
    for (pid_t& one : workers) {
      if (plan.workers) one = ::fork();
      if (plan.workers && one == 0) wait_for_the_end_of(self);
    }
    done = done && ::unshare(plan.later) == 0;
    const pid_t told = done ? workers[0] : -1;
    (void)!::write(writing, &told, sizeof told);
    wait_for_the_end_of(test);
  }
};

// The test is the zygote of its children.
BOOST_AUTO_TEST_CASE(a_process_without_a_jail_is_seen_to_share_every_namespace) {
  const Family family({});
  const auto facts = observe(family.zygote, Setup());
  BOOST_REQUIRE(facts.has_value());
  const auto missing = missing_facts(Setup(), inside(), *facts);
  std::vector<std::string> names;
  std::transform(missing.begin(), missing.end(), std::back_inserter(names), first_word);
  for (const std::string name :
       {"ns.user", "ns.pid", "ns.mnt", "ns.net", "ns.ipc", "ns.uts", "ns.cgroup", "sandbox.seccomp",
        "sandbox.pid", "jail.seccomp", "jail.pid"}) {
    BOOST_TEST((std::find(names.begin(), names.end(), name) != names.end()), name << " is there");
  }
}

BOOST_AUTO_TEST_CASE(an_own_namespace_is_distinguished_from_a_shared_one) {
  const Family family({.zygote = CLONE_NEWUSER | CLONE_NEWNET});
  const auto facts = observe(family.zygote, Setup());
  BOOST_REQUIRE_MESSAGE(facts.has_value(), (facts ? "" : facts.error().text()));
  BOOST_TEST(facts->at("ns.user") == "own");
  BOOST_TEST(facts->at("ns.net") == "own");
  BOOST_TEST(facts->at("ns.uts") == "shared");
}

BOOST_AUTO_TEST_CASE(a_namespace_shared_with_the_zygote_or_a_worker_is_not_own) {
  const Family family(
      {.zygote = CLONE_NEWUSER | CLONE_NEWNET, .workers = true, .later = CLONE_NEWNET});
  const auto facts = observe(family.worker, Setup());
  BOOST_REQUIRE_MESSAGE(facts.has_value(), (facts ? "" : facts.error().text()));
  BOOST_TEST(facts->at("ns.user") == "the zygote's");
  BOOST_TEST(facts->at("ns.net") == "another worker's");
  BOOST_TEST(facts->at("ns.uts") == "shared");
}

BOOST_AUTO_TEST_CASE(what_the_zygote_maps_is_observed) {
  const Family family({});
  const auto facts = observe(family.zygote, Setup());
  BOOST_REQUIRE(facts.has_value());
  BOOST_TEST(std::stoull(facts->at("zygote.data")) > 0U);
  BOOST_TEST(std::stoull(facts->at("zygote.address_space")) >
             std::stoull(facts->at("zygote.data")));
}

BOOST_AUTO_TEST_CASE(a_process_that_is_gone_cannot_be_observed) {
  constexpr int kNoSuchProcess = 1 << 29;
  BOOST_TEST(!observe(kNoSuchProcess, Setup()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
