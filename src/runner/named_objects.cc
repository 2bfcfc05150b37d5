#include "runner/named_objects.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"

namespace {

using executor::UniqueFd;

struct Path {
  char text[PATH_MAX];
};

Path directory{};  // empty: libc's functions answer

bool are_files() {
  return directory.text[0] != '\0';
}

template <typename Function>
Function libcs(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// Fills in the file of the object `name`, as shm_open(3) takes names. False with errno set for a
// wrong one.
bool find_file(const char* name, const char* prefix, Path& file) {
  while (*name == '/') ++name;
  if (*name == '\0' || ::strchr(name, '/') != nullptr) {
    errno = EINVAL;
    return false;
  }
  const int size = ::snprintf(file.text, sizeof file.text, "%s/%s%s", directory.text, prefix, name);
  if (::strlen(prefix) + ::strlen(name) > NAME_MAX || size >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return false;
  }
  return true;
}

constexpr const char *kSemaphore = "sem.", *kMemory = "shm.";

int unlink_object(const char* name, const char* prefix) {
  Path file{};
  if (!find_file(name, prefix, file)) {
    if (errno == EINVAL) errno = ENOENT;  // there is none with such a name
    return -1;
  }
  return ::unlink(file.text);
}

// SEM_FAILED, which is null, with errno set, on failure.
sem_t* map_semaphore(int file) {
  void* const place = ::mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return place == MAP_FAILED ? SEM_FAILED : static_cast<sem_t*>(place);
}

sem_t* open_semaphore(const Path& path) {
  const UniqueFd file(::open(path.text, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return SEM_FAILED;
  // A file of another size, which the run made itself, would end it by SIGBUS.
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return SEM_FAILED;
  if (status.st_size < static_cast<off_t>(sizeof(sem_t))) {
    errno = EINVAL;
    return SEM_FAILED;
  }
  return map_semaphore(file.get());
}

// Initialised under another name before it gets its own, where other processes can open it.
// EEXIST where the name is taken.
sem_t* create_semaphore(const Path& path, mode_t mode, unsigned value) {
  Path temporary{};
  if (!find_file("XXXXXX", "sem-", temporary)) return SEM_FAILED;
  const UniqueFd file(::mkostemp(temporary.text, O_CLOEXEC));
  if (!file) return SEM_FAILED;
  sem_t* semaphore = SEM_FAILED;
  if (::fchmod(file.get(), mode) == 0 && ::ftruncate(file.get(), sizeof(sem_t)) == 0) {
    semaphore = map_semaphore(file.get());
  }
  if (semaphore != SEM_FAILED &&
      (::sem_init(semaphore, 1, value) != 0 || ::link(temporary.text, path.text) != 0)) {
    const int reason = errno;
    ::munmap(semaphore, sizeof(sem_t));
    errno = reason;
    semaphore = SEM_FAILED;
  }
  const int reason = errno;
  ::unlink(temporary.text);
  errno = reason;
  return semaphore;
}

sem_t* open_or_create(const Path& path, int flags, mode_t mode, unsigned value) {
  const bool create = (flags & O_CREAT) != 0;
  const bool only_new = create && (flags & O_EXCL) != 0;
  for (;;) {  // another process may remove, or make, it in between
    if (!only_new) {
      sem_t* const existing = open_semaphore(path);
      if (existing != SEM_FAILED || !create || errno != ENOENT) return existing;
    }
    sem_t* const made = create_semaphore(path, mode, value);
    if (made != SEM_FAILED || only_new || errno != EEXIST) return made;
  }
}

}  // namespace

namespace executor {

bool keep_named_objects_in(const char* where) {
  if (::strlen(where) >= sizeof directory.text) return false;
  ::strcpy(directory.text, where);
  return true;
}

}  // namespace executor

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's are reserved names.
#pragma GCC visibility push(default)
extern "C" {

// NOLINTNEXTLINE(cert-dcl50-cpp): libc's declaration.
sem_t* sem_open(const char* name, int flags, ...) noexcept {
  mode_t mode = 0;
  unsigned value = 0;
  if ((flags & O_CREAT) != 0) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    value = va_arg(more, unsigned);
    va_end(more);
  }
  if (!are_files()) {
    return libcs<sem_t* (*)(const char*, int, ...)>("sem_open")(name, flags, mode, value);
  }
  Path file{};
  return find_file(name, kSemaphore, file) ? open_or_create(file, flags, mode, value) : SEM_FAILED;
}

int sem_close(sem_t* semaphore) noexcept {
  if (!are_files()) return libcs<int (*)(sem_t*)>("sem_close")(semaphore);
  return ::munmap(semaphore, sizeof(sem_t));
}

int sem_unlink(const char* name) noexcept {
  if (!are_files()) return libcs<int (*)(const char*)>("sem_unlink")(name);
  return unlink_object(name, kSemaphore);
}

int shm_open(const char* name, int flags, mode_t mode) {
  if (!are_files()) {
    return libcs<int (*)(const char*, int, mode_t)>("shm_open")(name, flags, mode);
  }
  Path file{};
  if (!find_file(name, kMemory, file)) return -1;
  return ::open(file.text, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

int shm_unlink(const char* name) {
  if (!are_files()) return libcs<int (*)(const char*)>("shm_unlink")(name);
  return unlink_object(name, kMemory);
}

int statvfs64(const char* path, struct statvfs64* status) noexcept {
  const int answer = libcs<int (*)(const char*, struct statvfs64*)>("statvfs64")(path, status);
  if (answer == 0 && are_files() && ::strcmp(path, "/dev/shm") == 0) {
    status->f_bavail = status->f_favail = 0;
  }
  return answer;
}

// The same structures, where a file's size has 64 bits anyway.
static_assert(sizeof(struct statvfs) == sizeof(struct statvfs64));

int statvfs(const char* path, struct statvfs* status) noexcept {
  return ::statvfs64(path, reinterpret_cast<struct statvfs64*>(status));
}

}  // extern "C"
#pragma GCC visibility pop
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
