// What Landlock refuses and what it allows, by trying it: in children, as the ordinary user who
// tests, between directories that all belong to that user, so that nothing else refuses anything.
#include "runner/landlock.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/landlock_abi.h"
#include "support/plain_directory.h"

namespace executor {
namespace {

using test::PlainDirectory;
namespace ut = boost::unit_test;

// Returns 0, or the errno that refused it.
using Act = std::function<int()>;

struct Places {
  Places() {
    for (const char* name : {"readable", "writable", "hidden"}) {
      std::filesystem::create_directory(plain.path / name);
      std::ofstream(plain.path / name / "file") << "text";
    }
  }
  [[nodiscard]] std::string at(const std::string& path) const { return plain.path / path; }
  PlainDirectory plain;
};

int errno_of(int outcome) {
  return outcome < 0 ? errno : 0;
}

Act open_file(std::string path, int flags) {
  return [path = std::move(path), flags] {
    const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    return fd ? 0 : errno;
  };
}

Act unlink_file(std::string path) {
  return [path = std::move(path)] { return errno_of(::unlink(path.c_str())); };
}

Act link_file(std::string from, std::string to) {
  return [from = std::move(from), to = std::move(to)] {
    return errno_of(::link(from.c_str(), to.c_str()));
  };
}

Landlock prepared(const std::vector<std::string>& readable,
                  const std::vector<std::string>& devices = {}) {
  auto landlock = Landlock::prepare(readable, devices);
  BOOST_REQUIRE_MESSAGE(landlock.has_value(), (landlock ? "" : landlock.error().text()));
  return std::move(*landlock);
}

// What becomes of the acts, in turn, in a child confined to the places that were prepared and
// `writable`.
std::vector<int> confined(const Landlock& landlock, const std::string& writable,
                          const std::vector<Act>& acts) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    const bool ready = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && landlock.enforce(writable);
    for (const Act& act : acts) {
      const int outcome = ready ? act() : -1;
      (void)!::write(writing.get(), &outcome, sizeof outcome);
    }
    ::_exit(0);
  }
  writing.reset();
  std::vector<int> outcomes;
  for (int outcome = 0; ::read(reading.get(), &outcome, sizeof outcome) == sizeof outcome;) {
    outcomes.push_back(outcome);
  }
  ::waitpid(child, nullptr, 0);
  BOOST_REQUIRE(outcomes.size() == acts.size());
  return outcomes;
}

int confined(const Landlock& landlock, const std::string& writable, const Act& act) {
  return confined(landlock, writable, std::vector{act})[0];
}

// A kernel without Landlock, or with an older one than a case is about, cannot be tested.
ut::precondition since(int version) {
  return ut::precondition([version](ut::test_unit_id) {
    boost::test_tools::assertion_result fit(landlock_abi() >= version);
    fit.message() << "this kernel has version " << landlock_abi() << ", not " << version;
    return fit;
  });
}

BOOST_AUTO_TEST_SUITE(landlock_test)

BOOST_AUTO_TEST_CASE(what_no_rule_names_cannot_be_opened, *since(1)) {
  const Places places;
  const auto outcomes = confined(
      prepared({places.at("readable")}), places.at("writable"),
      {open_file(places.at("hidden/file"), O_RDONLY), open_file(places.at("hidden/file"), O_WRONLY),
       open_file(places.at("hidden/new"), O_WRONLY | O_CREAT),
       open_file(places.at("hidden"), O_RDONLY | O_DIRECTORY),
       unlink_file(places.at("hidden/file"))});
  BOOST_TEST(outcomes == (std::vector<int>(5, EACCES)), boost::test_tools::per_element());
  BOOST_TEST(std::filesystem::exists(places.at("hidden/file")));
}

BOOST_AUTO_TEST_CASE(without_confinement_the_same_acts_are_allowed) {
  const Places places;
  BOOST_TEST(open_file(places.at("hidden/file"), O_RDONLY)() == 0);
  BOOST_TEST(open_file(places.at("hidden"), O_RDONLY | O_DIRECTORY)() == 0);
  BOOST_TEST(open_file(places.at("hidden/new"), O_WRONLY | O_CREAT)() == 0);
  BOOST_TEST(unlink_file(places.at("hidden/file"))() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_readable_can_be_read_and_not_changed, *since(1)) {
  const Places places;
  const auto outcomes = confined(prepared({places.at("readable")}), places.at("writable"),
                                 {open_file(places.at("readable/file"), O_RDONLY),
                                  open_file(places.at("readable"), O_RDONLY | O_DIRECTORY),
                                  open_file(places.at("readable/file"), O_WRONLY),
                                  open_file(places.at("readable/new"), O_WRONLY | O_CREAT),
                                  unlink_file(places.at("readable/file"))});
  BOOST_TEST(outcomes == (std::vector{0, 0, EACCES, EACCES, EACCES}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(in_the_writable_directory_files_of_every_kind_are_made_and_removed,
                     *since(1)) {
  const Places places;
  const std::string own = places.at("writable/");
  const auto outcomes = confined(
      prepared({}), places.at("writable"),
      {open_file(own + "new", O_RDWR | O_CREAT),
       [&] { return errno_of(::mkdir((own + "directory").c_str(), 0700)); },
       [&] { return errno_of(::rename((own + "new").c_str(), (own + "directory/old").c_str())); },
       [&] { return errno_of(::symlink("anywhere", (own + "link").c_str())); },
       [&] { return errno_of(::mkfifo((own + "fifo").c_str(), 0600)); },
       link_file(own + "directory/old", own + "directory/again"),
       unlink_file(own + "directory/old")});
  // From version 2 on files may change directories.
  const int moved = landlock_abi() >= 2 ? 0 : EXDEV;
  BOOST_TEST(outcomes ==
                 (std::vector{0, 0, moved, 0, 0, moved == 0 ? 0 : ENOENT, moved == 0 ? 0 : ENOENT}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_device_that_is_named_can_be_used_and_no_other, *since(1)) {
  const Places places;
  const auto outcomes =
      confined(prepared({}, {"/dev/null"}), places.at("writable"),
               {open_file("/dev/null", O_RDWR), open_file("/dev/zero", O_RDONLY)});
  BOOST_TEST(outcomes == (std::vector{0, EACCES}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_absent_is_left_out_and_grants_nothing, *since(1)) {
  const Places places;
  const Landlock landlock = prepared({places.at("absent"), places.at("readable")});
  std::filesystem::create_directory(places.at("absent"));
  std::ofstream(places.at("absent/file")) << "text";
  const auto outcomes = confined(landlock, places.at("writable"),
                                 {open_file(places.at("absent/file"), O_RDONLY),
                                  open_file(places.at("readable/file"), O_RDONLY)});
  BOOST_TEST(outcomes == (std::vector{EACCES, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_link_gives_a_file_no_more_rights_than_its_place, *since(2)) {
  const Places places;
  const auto outcomes =
      confined(prepared({places.at("readable")}), places.at("writable"),
               {link_file(places.at("hidden/file"), places.at("writable/mine")),
                link_file(places.at("readable/file"), places.at("writable/mine"))});
  for (const int outcome : outcomes) BOOST_TEST((outcome == EACCES || outcome == EXDEV));
  BOOST_TEST(!std::filesystem::exists(places.at("writable/mine")));
}

BOOST_AUTO_TEST_CASE(a_readable_file_is_not_cut, *since(3)) {
  const Places places;
  const std::string file = places.at("readable/file");
  const Act cut = [&file] { return errno_of(::truncate(file.c_str(), 0)); };
  BOOST_TEST(confined(prepared({places.at("readable")}), places.at("writable"), cut) == EACCES);
  BOOST_TEST(std::filesystem::file_size(file) == 4U);
}

BOOST_AUTO_TEST_CASE(tcp_is_refused_in_both_directions, *since(4)) {
  const Places places;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto with = [](const sockaddr_in& where, auto call) {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return errno_of(call(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where));
  };
  const Act bind = [&] { return with(address, ::bind); };
  sockaddr_in discard = address;
  discard.sin_port = htons(9);
  const Act connect = [&] { return with(discard, ::connect); };
  BOOST_TEST(bind() == 0);
  BOOST_TEST(connect() != EACCES);
  BOOST_TEST(confined(prepared({}), places.at("writable"), {bind, connect}) ==
                 (std::vector{EACCES, EACCES}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(signals_and_abstract_sockets_stay_inside, *since(6)) {
  const Places places;
  const pid_t outside = ::getpid();
  const UniqueFd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "landlock_test." + std::to_string(outside);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  BOOST_REQUIRE(::bind(listening.get(), where, sizeof address) == 0);
  BOOST_REQUIRE(::listen(listening.get(), 1) == 0);
  const Act signal = [outside] { return errno_of(::kill(outside, 0)); };
  const Act connect = [where] {
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return errno_of(::connect(socket.get(), where, sizeof address));
  };
  BOOST_TEST(signal() == 0);
  BOOST_TEST(connect() == 0);
  const Landlock landlock = prepared({});
  BOOST_TEST(landlock.scopes());
  BOOST_TEST(
      confined(landlock, places.at("writable"), {signal, connect}) == (std::vector{EPERM, EPERM}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_holds_for_children_and_is_not_taken_back, *since(1)) {
  const Places places;
  const Act open = open_file(places.at("hidden/file"), O_RDONLY);
  const Act in_child = [&open] {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(open());
    int status = 0;
    return ::waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : -1;
  };
  const Landlock everything = prepared({"/"});
  const Act widen = [&] { return everything.enforce(places.at("hidden")) ? open() : -1; };
  BOOST_TEST(confined(prepared({}), places.at("writable"), {in_child, widen}) ==
                 (std::vector{EACCES, EACCES}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_process_that_may_still_gain_rights_is_not_confined_and_that_is_an_error,
                     *since(1)) {
  const Places places;
  const Landlock landlock = prepared({});
  const pid_t child = ::fork();
  if (child == 0) {
    const auto enforced = landlock.enforce(places.at("writable"));
    ::_exit(enforced ? 1 : enforced.error().error);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WEXITSTATUS(status) == EPERM);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
