// Shared memory without a name as files that have none, through the functions that Python calls.
#include "runner/shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "base/fd.h"
#include "support/boost_test.h"

#ifdef EXECUTOR_SHARED_MEMORY_IN_FILES

namespace executor {
namespace {

constexpr std::size_t kSize = 8192;
constexpr int kReadWrite = PROT_READ | PROT_WRITE, kShared = MAP_SHARED | MAP_ANONYMOUS;

struct InFiles {
  InFiles() { keep_shared_memory_in("/dev/shm"); }
  ~InFiles() { keep_shared_memory_in(""); }
  InFiles(const InFiles&) = delete;
  InFiles& operator=(const InFiles&) = delete;
};

struct Mapping {
  explicit Mapping(int flags, std::size_t length = kSize)
      : size(length), start(::mmap(nullptr, length, kReadWrite, flags, -1, 0)), error(errno) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (start != MAP_FAILED) ::munmap(start, size);
  }

  [[nodiscard]] char* bytes() const { return static_cast<char*>(start); }

  std::size_t size;
  void* start;
  int error;
};

// Runs `action` in a child. Its exit status, or 128 and the signal that ended it.
template <typename Action>
int status_of_child(const Action& action) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(action());
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

BOOST_FIXTURE_TEST_SUITE(shared_memory, InFiles)

BOOST_AUTO_TEST_CASE(a_child_and_its_parent_see_the_same_bytes) {
  const Mapping mapping(kShared);
  BOOST_REQUIRE(mapping.start != MAP_FAILED);
  BOOST_TEST(mapping.bytes()[kSize - 1] == 0);
  const int status = status_of_child([&mapping] {
    mapping.bytes()[kSize - 1] = 'x';
    return 0;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(mapping.bytes()[kSize - 1] == 'x');
}

BOOST_AUTO_TEST_CASE(a_mapping_keeps_no_descriptor) {
  const UniqueFd before(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Mapping mapping(kShared);
  BOOST_REQUIRE(mapping.start != MAP_FAILED);
  const UniqueFd after(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  BOOST_TEST(after.get() == before.get() + 1);
}

BOOST_AUTO_TEST_CASE(one_that_is_too_large_is_enomem_and_no_signal) {
  const int status = status_of_child([] {
    const rlimit limit{kSize - 1, kSize - 1};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Mapping mapping(kShared);
    return mapping.start == MAP_FAILED ? mapping.error : 0;
  });
  BOOST_TEST(status == ENOMEM);
}

BOOST_AUTO_TEST_CASE(nothing_and_unknown_flags_are_left_to_the_kernel) {
  const Mapping nothing(kShared, 0);
  BOOST_TEST(nothing.start == MAP_FAILED);
  BOOST_TEST(nothing.error == EINVAL);
  const Mapping both(kShared | MAP_PRIVATE);  // MAP_SHARED_VALIDATE
  BOOST_TEST(both.start == MAP_FAILED);
}

BOOST_AUTO_TEST_CASE(private_memory_is_the_kernels) {
  const Mapping mapping(MAP_PRIVATE | MAP_ANONYMOUS);
  BOOST_REQUIRE(mapping.start != MAP_FAILED);
  const int status = status_of_child([&mapping] {
    mapping.bytes()[0] = 'x';
    return 0;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(mapping.bytes()[0] == 0);
}

BOOST_AUTO_TEST_CASE(a_memory_file_has_no_name_and_is_closed_on_exec_as_asked) {
  const UniqueFd kept(::memfd_create("kept", 0));
  const UniqueFd closed(::memfd_create("closed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  BOOST_REQUIRE(static_cast<bool>(kept));
  BOOST_REQUIRE(static_cast<bool>(closed));
  BOOST_TEST(::fcntl(kept.get(), F_GETFD) == 0);
  BOOST_TEST(::fcntl(closed.get(), F_GETFD) == FD_CLOEXEC);
  BOOST_TEST(::write(kept.get(), "abc", 3) == 3);
  struct stat status {};
  BOOST_TEST(::fstat(kept.get(), &status) == 0);
  BOOST_TEST(status.st_nlink == 0U);
  BOOST_TEST(status.st_size == 3);
  // The kernel's own could be sealed.
  BOOST_TEST(::fcntl(closed.get(), F_ADD_SEALS, F_SEAL_SHRINK) == -1);
}

BOOST_AUTO_TEST_CASE(without_a_directory_the_kernel_answers) {
  keep_shared_memory_in("");
  const Mapping mapping(kShared);
  BOOST_TEST(mapping.start != MAP_FAILED);
  const UniqueFd file(::memfd_create("sealed", MFD_ALLOW_SEALING));
  BOOST_TEST(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor

#endif
