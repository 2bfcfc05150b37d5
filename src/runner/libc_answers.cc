#include "runner/libc_answers.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "wire/job.h"

namespace {

bool for_script = false;

// What may be set instead of what was asked for.
rlimit64 within(const rlimit64& wanted, const rlimit64& held, int resource) {
  // Between SIGXCPU, which says why, and SIGKILL there is the last second.
  const rlim64_t last = resource == RLIMIT_CPU && held.rlim_max > 0 ? 1 : 0;
  rlimit64 result{wanted.rlim_cur, std::min(wanted.rlim_max, held.rlim_max)};
  if (result.rlim_cur > held.rlim_max) result.rlim_cur = held.rlim_max - last;
  return result;
}

int limit(pid_t process, int resource, const rlimit64* wanted, rlimit64* old) {
  rlimit64 held{}, possible{};
  if (for_script && wanted != nullptr && wanted->rlim_cur <= wanted->rlim_max) {
    if (::syscall(SYS_prlimit64, process, resource, nullptr, &held) != 0) return -1;
    possible = within(*wanted, held, resource);
    // The filter keeps the limit on core dumps as it is: there are none at it.
    wanted = resource == RLIMIT_CORE ? nullptr : &possible;
  }
  return static_cast<int>(::syscall(SYS_prlimit64, process, resource, wanted, old));
}

bool has_room_for(std::size_t size) {
  void* const room = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  ::munmap(room, size);
  return true;
}

// A whole stack counts as memory, touched or not (RLIMIT_DATA). One that leaves none for the thread
// itself would be worse than none: Python waits forever for a thread that cannot begin. So one
// that is too large becomes half as large until it fits.
std::size_t stack_within_limit(std::size_t size) {
  constexpr std::size_t kLarge = 64ULL << 20;  // also the room that must remain
  while (size > kLarge && !has_room_for(size + kLarge)) size /= 2;
  return size;
}

using SetStackSize = int (*)(pthread_attr_t*, std::size_t);

}  // namespace

namespace executor {

void answer_libc_for_script() {
  for_script = true;
}

}  // namespace executor

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's are reserved names.
extern "C" {

pid_t setsid() noexcept {
  if (!for_script) return static_cast<pid_t>(::syscall(SYS_setsid));
  return ::setpgid(0, 0) == 0 ? ::getpid() : -1;
}

int setrlimit64(__rlimit_resource_t resource, const rlimit64* wanted) noexcept {
  return limit(0, resource, wanted, nullptr);
}

int prlimit64(pid_t process, __rlimit_resource resource, const rlimit64* wanted,
              rlimit64* old) noexcept {
  return limit(process, resource, wanted, old);
}

// The same structures, where a file's size has 64 bits anyway.
static_assert(sizeof(rlimit) == sizeof(rlimit64));

int setrlimit(__rlimit_resource_t resource, const rlimit* wanted) noexcept {
  return limit(0, resource, reinterpret_cast<const rlimit64*>(wanted), nullptr);
}

int prlimit(pid_t process, __rlimit_resource resource, const rlimit* wanted, rlimit* old) noexcept {
  return limit(process, resource, reinterpret_cast<const rlimit64*>(wanted),
               reinterpret_cast<rlimit64*>(old));
}

// libc's ends the process where close_range(2) is refused, as it is over the job socket, and there
// is no /proc. From Python 3.13 on os.closerange() calls it.
void closefrom(int lowest) noexcept {
  constexpr int kNear = 512, kBeyond = 1024;  // what the filter allows (wire/seccomp_table.cc)
  static_assert(kNear < executor::kJobSocket && executor::kJobSocket < kBeyond);
  lowest = std::max(lowest, 0);
  if (lowest < kNear) ::syscall(SYS_close_range, lowest, kNear - 1, 0);
  for (int file = std::max(lowest, kNear); file < kBeyond; ++file) ::close(file);
  ::syscall(SYS_close_range, std::max(lowest, kBeyond), ~0U, 0);
}

int pthread_attr_setstacksize(pthread_attr_t* attributes, std::size_t size) noexcept {
  static const auto libcs =
      reinterpret_cast<SetStackSize>(::dlsym(RTLD_NEXT, "pthread_attr_setstacksize"));
  return libcs(attributes, for_script ? stack_within_limit(size) : size);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
