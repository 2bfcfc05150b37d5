#include "runner/named_objects.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/fd.h"

namespace {

using executor::UniqueFd;

std::string directory;  // empty: libc's functions answer

template <typename Function>
Function libcs(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// The file of the object `name`, as shm_open(3) takes names; empty with errno set for a wrong one.
std::optional<std::string> file_of(const char* name, std::string_view prefix) {
  std::string_view plain = name;
  plain.remove_prefix(std::min(plain.find_first_not_of('/'), plain.size()));
  if (plain.empty() || plain.find('/') != std::string_view::npos) {
    errno = EINVAL;
    return std::nullopt;
  }
  if (prefix.size() + plain.size() > NAME_MAX) {
    errno = ENAMETOOLONG;
    return std::nullopt;
  }
  return directory + "/" + std::string(prefix) + std::string(plain);
}

constexpr std::string_view kSemaphore = "sem.", kMemory = "shm.";

int unlink_object(const char* name, std::string_view prefix) {
  const auto file = file_of(name, prefix);
  if (!file) {
    if (errno == EINVAL) errno = ENOENT;  // there is none with such a name
    return -1;
  }
  return ::unlink(file->c_str());
}

// SEM_FAILED, which is null, with errno set, on failure.
sem_t* map_semaphore(int file) {
  void* const place = ::mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return place == MAP_FAILED ? SEM_FAILED : static_cast<sem_t*>(place);
}

sem_t* open_semaphore(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
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
sem_t* create_semaphore(const std::string& path, mode_t mode, unsigned value) {
  std::string temporary = directory + "/sem-XXXXXX";
  const UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return SEM_FAILED;
  sem_t* semaphore = SEM_FAILED;
  if (::fchmod(file.get(), mode) == 0 && ::ftruncate(file.get(), sizeof(sem_t)) == 0) {
    semaphore = map_semaphore(file.get());
  }
  if (semaphore != SEM_FAILED &&
      (::sem_init(semaphore, 1, value) != 0 || ::link(temporary.c_str(), path.c_str()) != 0)) {
    const int reason = errno;
    ::munmap(semaphore, sizeof(sem_t));
    errno = reason;
    semaphore = SEM_FAILED;
  }
  const int reason = errno;
  ::unlink(temporary.c_str());
  errno = reason;
  return semaphore;
}

sem_t* open_or_create(const std::string& path, int flags, mode_t mode, unsigned value) {
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

void keep_named_objects_in(const std::string& where) {
  directory = where;
}

}  // namespace executor

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's are reserved names.
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
  if (directory.empty()) {
    static const auto original = libcs<sem_t* (*)(const char*, int, ...)>("sem_open");
    return original(name, flags, mode, value);
  }
  const auto file = file_of(name, kSemaphore);
  return file ? open_or_create(*file, flags, mode, value) : SEM_FAILED;
}

int sem_close(sem_t* semaphore) noexcept {
  if (directory.empty()) {
    static const auto original = libcs<int (*)(sem_t*)>("sem_close");
    return original(semaphore);
  }
  return ::munmap(semaphore, sizeof(sem_t));
}

int sem_unlink(const char* name) noexcept {
  if (directory.empty()) {
    static const auto original = libcs<int (*)(const char*)>("sem_unlink");
    return original(name);
  }
  return unlink_object(name, kSemaphore);
}

int shm_open(const char* name, int flags, mode_t mode) {
  if (directory.empty()) {
    static const auto original = libcs<int (*)(const char*, int, mode_t)>("shm_open");
    return original(name, flags, mode);
  }
  const auto file = file_of(name, kMemory);
  return file ? ::open(file->c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode) : -1;
}

int shm_unlink(const char* name) {
  if (directory.empty()) {
    static const auto original = libcs<int (*)(const char*)>("shm_unlink");
    return original(name);
  }
  return unlink_object(name, kMemory);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
