#include "runner/libffi.h"

#include <dlfcn.h>
#include <sys/resource.h>

#include <cstddef>

namespace executor {
namespace {

// The one that _ctypes is linked with.
constexpr const char* kLibrary = "libffi.so.8";
constexpr std::size_t kLargerThanClosure = 256;

using Allocate = void* (*)(std::size_t, void**);
using Release = void (*)(void*);

// The first closure is what makes libffi decide.
Result<void> make_first_closure(Allocate allocate, Release release) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return os_failure("read the limit of open files");
  const rlimit none{0, files.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return os_failure("allow no open files");
  void* code = nullptr;
  void* const closure = allocate(kLargerThanClosure, &code);
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return os_failure("allow open files again");
  if (closure != nullptr) release(closure);
  return {};
}

}  // namespace

Result<void> keep_libffi_from_files() {
  void* const library = ::dlopen(kLibrary, RTLD_NOW);
  if (library == nullptr) return {};
  // Came with 3.5. No older one of Debian's has such trampolines, and none of its mappings should
  // cost the clones of a set that has no ctypes.
  if (::dlsym(library, "ffi_get_version_number") == nullptr) {
    ::dlclose(library);
    return {};
  }
  const auto allocate = reinterpret_cast<Allocate>(::dlsym(library, "ffi_closure_alloc"));
  const auto release = reinterpret_cast<Release>(::dlsym(library, "ffi_closure_free"));
  if (allocate == nullptr || release == nullptr) return {};
  return make_first_closure(allocate, release);
}

}  // namespace executor
