#include "runner/script_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace executor {
namespace {

bool for_script = false;

// Where flock()'s bytes are: one that shared locks read, and those that writers who share hold.
constexpr off64_t kShared = 1LL << 62;
constexpr off64_t kFirstOwn = kShared + 1;
constexpr int kOwn = 64;
constexpr off64_t kLongest = 1LL << 61;  // of a lock of fcntl(2) that has no end

int set_lock(int file, int command, short type, off64_t start, off64_t length) {
  struct flock64 lock {};
  lock.l_type = type;
  lock.l_start = start;
  lock.l_len = length;
  return static_cast<int>(::syscall(SYS_fcntl, file, command, &lock));
}

int unlock(int file) {
  return set_lock(file, F_OFD_SETLK, F_UNLCK, kShared, kOwn + 1);
}

int lock_exclusively(int file, int command) {
  const int answer = set_lock(file, command, F_WRLCK, kShared, kOwn + 1);
  if (answer == 0 || errno != EBADF) return answer;
  return set_lock(file, command, F_RDLCK, kShared, 1);  // open for reading only
}

// Keeps one of the bytes, whichever is free: each is as good as another.
int share_as_writer(int file, int command) {
  for (int i = 0; i < kOwn; ++i) {
    const bool last = i == kOwn - 1;
    const off64_t own = kFirstOwn + i;
    if (set_lock(file, last ? command : F_OFD_SETLK, F_WRLCK, own, 1) != 0) {
      if (last || (errno != EAGAIN && errno != EACCES)) return -1;
      continue;
    }
    set_lock(file, F_OFD_SETLK, F_UNLCK, kShared, own - kShared);
    if (!last) set_lock(file, F_OFD_SETLK, F_UNLCK, own + 1, kOwn - 1 - i);
    return 0;
  }
  return -1;
}

int share(int file, int command) {
  const int answer = set_lock(file, command, F_RDLCK, kShared, 1);
  if (answer != 0) return errno == EBADF ? share_as_writer(file, command) : answer;
  set_lock(file, F_OFD_SETLK, F_UNLCK, kFirstOwn, kOwn);  // of an exclusive one before
  return 0;
}

int lock_own_file(int file, int operation) {
  const int command = (operation & LOCK_NB) != 0 ? F_OFD_SETLK : F_OFD_SETLKW;
  switch (operation & ~LOCK_NB) {
    case LOCK_SH:
      return share(file, command);
    case LOCK_EX:
      return lock_exclusively(file, command);
    case LOCK_UN:
      return unlock(file);
    default:
      errno = EINVAL;
      return -1;
  }
}

bool is_lock(int command) {
  return command == F_GETLK || command == F_SETLK || command == F_SETLKW ||
         command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

// A lock that ends where the file ends, wherever that will be, ends below flock()'s bytes.
int call_fcntl(int file, int command, void* argument) {
  if (!for_script || !is_lock(command) || argument == nullptr) {
    return static_cast<int>(::syscall(SYS_fcntl, file, command, argument));
  }
  auto* const wanted = static_cast<struct flock64*>(argument);
  struct flock64 lock = *wanted;
  if (lock.l_len == 0) lock.l_len = kLongest;
  const int answer = static_cast<int>(::syscall(SYS_fcntl, file, command, &lock));
  if (answer != 0 || (command != F_GETLK && command != F_OFD_GETLK)) return answer;
  if (lock.l_type == F_UNLCK) {
    wanted->l_type = F_UNLCK;
  } else {
    *wanted = lock;
    if (wanted->l_len == kLongest) wanted->l_len = 0;
  }
  return 0;
}

}  // namespace

void lock_for_script() {
  for_script = true;
}

}  // namespace executor

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's are reserved names.
extern "C" {

int flock(int file, int operation) noexcept {
  if (!executor::for_script) return static_cast<int>(::syscall(SYS_flock, file, operation));
  struct stat status {};
  if (::fstat(file, &status) != 0) return -1;
  return status.st_uid == ::geteuid() ? executor::lock_own_file(file, operation) : 0;
}

// The third argument of every command is an int or a pointer, and none of them is read as both.
int fcntl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return executor::call_fcntl(file, command, argument);
}

// The same structures, where a file's size has 64 bits anyway.
int fcntl64(int file, int command, ...) __attribute__((alias("fcntl")));

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
