#include "runner/uid_slots.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/roots_own.h"
#include "runner/named_objects.h"
#include "wire/ids.h"
#include "wire/root_paths.h"

namespace executor {
namespace {

// Programs, libraries and what they look up. As in a root of its own (runner/root.cc), but for the
// small files, which here would be the container's.
const std::vector<std::string> kReadable = {
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/usr/share/mime",
    "/usr/share/python3",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/certs/ca-certificates.crt",
    "/usr/share/matplotlib",
    "/usr/share/fonts",
    "/etc/matplotlibrc",
    "/etc/fonts",
    "/usr/sbin/ldconfig",
    "/usr/share/fontconfig",
    "/usr/sbin/ldconfig.real",
};
// Where Python finds modules regardless of its setup, including those that it imports at its start.
std::vector<std::string> places_of_python(const std::string& version) {
  const std::string name = "/python" + version.substr(0, version.rfind('.'));
  return {"/usr/lib" + name, "/usr/lib/python3/dist-packages",
          "/usr/local/lib" + name + "/dist-packages"};
}

std::optional<uid_t> parse_id(std::string_view text) {
  uid_t id = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return id;
}

Result<std::string> next_to_this_program(const char* name) {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size < 0) return os_failure("find this program");
  const std::string_view program(path.data(), static_cast<std::size_t>(size));
  return std::string(program.substr(0, program.rfind('/') + 1)) + name;
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
  if (!first || !last || *first < kLowestUserId || *last <= *first) {
    return failure("read the arguments: not a range of user ids");
  }
  if (::getuid() != 0 || ::geteuid() != 0) return failure("give workers user ids: not root");
  if (auto own = require_roots_own(argv[3]); !own) return own.error();
  auto library = next_to_this_program(kObjectsLibrary);
  if (!library) return library.error();
  return std::optional(UidSlice{*first, *last, argv[3], std::move(*library)});
}

Result<void> check_trusted(const Setup& setup, const std::string& library,
                           const std::string& python_version) {
  std::vector<std::string> loaded = {setup.python, library};
  for (const std::string& place : places_of_python(python_version)) {
    if (::access(place.c_str(), F_OK) == 0) loaded.push_back(place);
  }
  loaded.insert(loaded.end(), setup.path.begin(), setup.path.end());
  for (const std::string& path : loaded) {
    if (auto own = require_roots_own(path); !own) return own;
  }
  for (const std::string& name : setup.preload) {
    if (!is_module_name(name)) return failure("preload " + name + ": not the name of a module");
  }
  return {};
}

UidSlots::UidSlots(const UidSlice& slice) {
  for (uid_t id = slice.first; id < slice.last; id += 2) {
    free_.push_back({id, id + 1, slice.directory + "/" + std::to_string(id)});
  }
}

Result<UidSlot> UidSlots::take() {
  if (free_.empty()) return failure("take a user id for a worker: all are in use");
  UidSlot slot = free_.front();
  if (auto made = make_uid_slot(slot); !made) return made.error();
  free_.pop_front();
  return slot;
}

Result<void> UidSlots::give_back(const UidSlot& slot) {
  if (auto removed = remove_uid_slot(slot); !removed) return removed;
  free_.push_back(slot);
  return {};
}

Result<Landlock> prepare_landlock(const Setup& setup, const std::string& library) {
  std::vector<std::string> readable = kReadable;
  readable.push_back(library);
  readable.insert(readable.end(), setup.expose.begin(), setup.expose.end());
  return Landlock::prepare(readable, {kDevicePaths.begin(), kDevicePaths.end()});
}

Result<void> assume_identity(const UidSlot& slot) {
  if (::setgroups(0, nullptr) != 0) return os_failure("leave all groups");
  if (::setresgid(slot.uid, slot.uid, slot.uid) != 0) return os_failure("take the group id");
  if (::setresuid(slot.uid, slot.uid, slot.uid) != 0) return os_failure("take the user id");
  // Cleared by the change of ids. The zygote, when it takes this id, must be able to read how much
  // memory is held; no other process has this id.
  if (::prctl(PR_SET_DUMPABLE, 1) != 0) return os_failure("let memory be counted");
  if (::chdir(slot.home().c_str()) != 0) return os_failure("enter the home directory");
  return {};
}

Result<void> verify_uid_confinement(const UidSlot& slot) {
  if (::setuid(0) == 0 || ::setuid(slot.uid + 2) == 0) {
    return failure("the seal holds: another user id was taken");
  }
  if (::kill(::getppid(), 0) == 0) return failure("the seal holds: the zygote can be signalled");
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET}) {
    if (::socket(family, SOCK_DGRAM, 0) >= 0) return failure("the seal holds: there is a network");
  }
  for (const std::string& path : {slot.directory + "/seal", std::string("/tmp/seal")}) {
    if (::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0) {
      return failure("the seal holds: " + path + " could be written");
    }
  }
  return {};
}

}  // namespace executor
