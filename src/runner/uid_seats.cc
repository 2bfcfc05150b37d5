#include "runner/uid_seats.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace executor {
namespace {

namespace fs = std::filesystem;

// Programs, libraries and what they look up. As in a root of its own (runner/root.cc), but for the
// small files, which here would be the container's.
const std::vector<std::string> kReadable = {
    "/usr/bin",          "/usr/lib",           "/usr/lib64",      "/usr/share/zoneinfo",
    "/usr/share/mime",   "/usr/share/python3", "/usr/local/lib",  "/etc/ld.so.cache",
    "/etc/alternatives", "/etc/localtime",     "/etc/mime.types", "/usr/share/matplotlib",
    "/usr/share/fonts",  "/etc/matplotlibrc",
};
const std::vector<std::string> kDevices = {"/dev/null", "/dev/full", "/dev/random", "/dev/urandom"};
// Ids below belong to the system's own users (Debian policy 9.2.2).
constexpr uid_t kLowestId = 1000;

std::optional<uid_t> parse_id(std::string_view text) {
  uid_t id = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return id;
}

// Every directory on the way, and it, belongs to root and can be written by nobody else.
Result<void> require_roots_own(const std::string& path) {
  std::error_code error;
  fs::path part = fs::canonical(path, error);
  if (error) return Failure{"find " + path, error.value()};
  for (;; part = part.parent_path()) {
    struct stat status {};
    if (::stat(part.c_str(), &status) != 0) return os_failure("look at " + part.string());
    if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      return failure("import modules from " + path + ": " + part.string() +
                     " can be written by others than root");
    }
    if (part == part.root_path()) return {};
  }
}

bool is_module_name(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '_' || letter == '.';
  });
}

}  // namespace

Result<std::optional<UidSlice>> read_slice(int argc, const char* const* argv) {
  if (argc == 1) return std::optional<UidSlice>();
  if (argc != 4) return failure("read the arguments: FIRST-ID LAST-ID DIRECTORY, or none");
  const auto first = parse_id(argv[1]);
  const auto last = parse_id(argv[2]);
  if (!first || !last || *first < kLowestId || *last <= *first) {
    return failure("read the arguments: not a range of user ids");
  }
  if (::getuid() != 0 || ::geteuid() != 0) return failure("give workers user ids: not root");
  if (auto own = require_roots_own(argv[3]); !own) return own.error();
  return std::optional(UidSlice{*first, *last, argv[3]});
}

Result<void> check_trusted(const Setup& setup) {
  for (const std::string& path : setup.path) {
    if (auto own = require_roots_own(path); !own) return own;
  }
  for (const std::string& name : setup.preload) {
    if (!is_module_name(name)) return failure("preload " + name + ": not the name of a module");
  }
  return {};
}

UidSeats::UidSeats(const UidSlice& slice) {
  for (uid_t id = slice.first; id < slice.last; id += 2) {
    free_.push_back({id, id + 1, slice.directory + "/" + std::to_string(id)});
  }
}

Result<Seat> UidSeats::take() {
  if (free_.empty()) return failure("take a user id for a worker: all are in use");
  Seat seat = free_.front();
  if (auto made = make_seat(seat); !made) return made.error();
  free_.pop_front();
  return seat;
}

Result<void> UidSeats::give_back(const Seat& seat) {
  if (auto removed = remove_seat(seat); !removed) return removed;
  free_.push_back(seat);
  return {};
}

Result<Landlock> prepare_landlock(const Setup& setup) {
  std::vector<std::string> readable = kReadable;
  readable.insert(readable.end(), setup.expose.begin(), setup.expose.end());
  return Landlock::prepare(readable, kDevices);
}

Result<void> become(const Seat& seat) {
  if (::setgroups(0, nullptr) != 0) return os_failure("leave all groups");
  if (::setresgid(seat.uid, seat.uid, seat.uid) != 0) return os_failure("take the group id");
  if (::setresuid(seat.uid, seat.uid, seat.uid) != 0) return os_failure("take the user id");
  // Cleared by the change of ids. The zygote, when it takes this id, must be able to read how much
  // memory is held; nobody else has it.
  if (::prctl(PR_SET_DUMPABLE, 1) != 0) return os_failure("let memory be counted");
  if (::chdir(seat.home().c_str()) != 0) return os_failure("enter the home directory");
  return {};
}

Result<void> try_to_leave_seat(const Seat& seat) {
  if (::setuid(0) == 0 || ::setuid(seat.uid + 2) == 0) {
    return failure("the seal holds: another user id was taken");
  }
  if (::kill(::getppid(), 0) == 0) return failure("the seal holds: the zygote can be signalled");
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET}) {
    if (::socket(family, SOCK_DGRAM, 0) >= 0) return failure("the seal holds: there is a network");
  }
  for (const std::string& path : {seat.directory + "/seal", std::string("/tmp/seal")}) {
    if (::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0) {
      return failure("the seal holds: " + path + " could be written");
    }
  }
  return {};
}

}  // namespace executor
