#include "base/kill_and_wipe.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/fd.h"
#include "base/process_memory.h"

namespace executor {
namespace {

// The step at which a sweep failed, as its exit status.
enum SweepStep : int { kSwept, kBecome, kRemove };

// No other process has the real and the saved id, so what is swept cannot signal the sweeper; the
// effective one is the slot's, so it can signal all of the slot's processes and no others.
bool become_sweeper(const UidSlot& slot) {
  if (::setgroups(0, nullptr) != 0) return false;
  if (::setresgid(slot.uid, slot.uid, slot.uid) != 0) return false;
  if (::setresuid(slot.sweeper, slot.uid, slot.sweeper) != 0) return false;
  // With CAP_KILL, kill(-1) would end all processes.
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2]{};
  if (::syscall(SYS_capset, &header, none) != 0) return false;
  return ::geteuid() == slot.uid && ::getuid() == slot.sweeper && slot.uid != 0 &&
         slot.sweeper != 0;
}

bool may_kill_others() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2]{};
  if (::syscall(SYS_capget, &header, sets) != 0) return true;
  return (sets[CAP_TO_INDEX(CAP_KILL)].effective & CAP_TO_MASK(CAP_KILL)) != 0;
}

// One kill(2) of all is atomic against fork(2). Whether nothing is left, zombies included, must be
// checked separately: kill does not report which processes it reached.
void kill_all(uid_t uid) {
  constexpr timespec kPause{0, 300'000};
  for (;;) {
    ::kill(-1, SIGKILL);
    if (processes_of_user(uid) == std::vector<int>{::getpid()}) return;
    ::nanosleep(&kPause, nullptr);
  }
}

bool is_self_or_parent(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

// Moves what the directory `name` holds up into `top`, under new names, and removes it: no depth
// that a script could reach needs more than two descriptors.
bool flatten(int top, const char* name, unsigned& moved) {
  (void)!::fchmodat(top, name, 0700, 0);
  const int directory = ::openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return false;
  DIR* entries = ::fdopendir(directory);
  if (entries == nullptr) return false;
  while (const dirent* entry = ::readdir(entries)) {
    if (is_self_or_parent(entry->d_name)) continue;
    if (::unlinkat(directory, entry->d_name, 0) == 0) continue;
    // Moving a directory takes write permission on it (its ".." changes).
    (void)!::fchmodat(directory, entry->d_name, 0700, 0);
    std::array<char, 32> fresh{};
    std::snprintf(fresh.data(), fresh.size(), ".swept-%u", moved++);
    (void)::renameat(directory, entry->d_name, top, fresh.data());
  }
  ::closedir(entries);
  return ::unlinkat(top, name, AT_REMOVEDIR) == 0;
}

// One pass over a directory. True when nothing is left in it.
bool empty_once(const std::string& path, unsigned& moved) {
  (void)!::chmod(path.c_str(), 0700);
  DIR* entries = ::opendir(path.c_str());
  if (entries == nullptr) return errno == ENOENT;
  bool empty = true;
  while (const dirent* entry = ::readdir(entries)) {
    if (is_self_or_parent(entry->d_name)) continue;
    if (::unlinkat(::dirfd(entries), entry->d_name, 0) == 0) continue;
    empty = false;
    flatten(::dirfd(entries), entry->d_name, moved);
  }
  ::closedir(entries);
  return empty;
}

bool remove_files(const std::string& path) {
  constexpr int kMaxPasses = 100'000;  // each removes at least one level
  unsigned moved = 0;
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    if (empty_once(path, moved)) return true;
  }
  return false;
}

Result<void> make_own(const std::string& path, uid_t owner, gid_t group, mode_t mode) {
  // In this order: without CAP_FOWNER only the owner may change the mode.
  if (::mkdir(path.c_str(), 0700) != 0 || ::chmod(path.c_str(), mode) != 0 ||
      ::lchown(path.c_str(), owner, group) != 0) {
    return os_failure("make the directory " + path);
  }
  return {};
}

}  // namespace

// A run may open its home to all users, but not the directory above it, which is root's.
Result<void> make_uid_slot(const UidSlot& slot) {
  if (auto made = make_own(slot.directory, 0, slot.uid, 0710); !made) return made;
  if (auto made = make_own(slot.home(), slot.uid, slot.uid, 0700); !made) return made;
  return make_own(slot.tmp(), slot.uid, slot.uid, 0700);
}

void kill_and_wipe(const UidSlot& slot) {
  const std::string home = slot.home();
  const std::string tmp = slot.tmp();
  if (!become_sweeper(slot)) ::_exit(kBecome);
  kill_all(slot.uid);
  if (!remove_files(home) || !remove_files(tmp)) ::_exit(kRemove);
  ::_exit(kSwept);
}

// With the ids of a sweeper, and root's as the saved one. The kernel takes all effective
// capabilities away meanwhile (capabilities(7)).
bool kill_as_root(const UidSlot& slot) {
  if (::setresuid(slot.sweeper, slot.uid, 0) == 0 && ::getuid() == slot.sweeper &&
      ::geteuid() == slot.uid && slot.uid != 0 && slot.sweeper != 0 && !may_kill_others()) {
    ::kill(-1, SIGKILL);
  }
  return ::setresuid(0, 0, 0) == 0;
}

Result<void> remove_uid_slot(const UidSlot& slot) {
  for (const std::string& path : {slot.home(), slot.tmp(), slot.directory}) {
    if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return os_failure("remove " + path);
  }
  return {};
}

}  // namespace executor
