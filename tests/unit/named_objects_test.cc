// Named semaphores and shared memory as files of a directory, through the functions that Python
// calls.
#include "runner/named_objects.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/fd.h"
#include "support/boost_test.h"
#include "support/plain_directory.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

// Objects are files of the directory during each test, and libc's again after it.
struct InDirectory {
  InDirectory() { BOOST_TEST(keep_named_objects_in(directory.path.c_str())); }
  ~InDirectory() { (void)keep_named_objects_in(""); }
  InDirectory(const InDirectory&) = delete;
  InDirectory& operator=(const InDirectory&) = delete;

  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory.path), fs::directory_iterator()));
  }

  test::PlainDirectory directory;
};

int value_of(sem_t* semaphore) {
  int value = -1;
  ::sem_getvalue(semaphore, &value);
  return value;
}

int error_of_opening(const char* name, int flags) {
  errno = 0;
  sem_t* const opened = ::sem_open(name, flags, 0600, 1U);
  const int reason = errno;
  if (opened != SEM_FAILED) ::sem_close(opened);
  return opened == SEM_FAILED ? reason : 0;
}

BOOST_FIXTURE_TEST_SUITE(named_objects, InDirectory)

BOOST_AUTO_TEST_CASE(a_semaphore_begins_with_its_value_and_leaves_no_file_but_its_own) {
  sem_t* const made = ::sem_open("/counter", O_CREAT | O_EXCL, 0600, 3U);
  BOOST_REQUIRE(made != SEM_FAILED);
  BOOST_TEST(value_of(made) == 3);
  BOOST_TEST(files() == 1U);
  BOOST_TEST(::sem_close(made) == 0);
  BOOST_TEST(::sem_unlink("/counter") == 0);
  BOOST_TEST(files() == 0U);
}

BOOST_AUTO_TEST_CASE(whoever_opens_the_name_has_the_same_semaphore) {
  sem_t* const made = ::sem_open("/shared", O_CREAT, 0600, 1U);
  sem_t* const opened = ::sem_open("shared", O_CREAT, 0600, 7U);
  BOOST_REQUIRE(made != SEM_FAILED);
  BOOST_REQUIRE(opened != SEM_FAILED);
  BOOST_TEST(value_of(opened) == 1);
  BOOST_TEST(::sem_wait(opened) == 0);
  BOOST_TEST(value_of(made) == 0);
  BOOST_TEST(::sem_close(opened) == 0);
  BOOST_TEST(::sem_post(made) == 0);
  BOOST_TEST(value_of(made) == 1);
  BOOST_TEST(::sem_close(made) == 0);
}

BOOST_AUTO_TEST_CASE(a_child_wakes_its_parent_also_after_the_name_is_gone) {
  sem_t* const made = ::sem_open("/signal", O_CREAT | O_EXCL, 0600, 0U);
  BOOST_REQUIRE(made != SEM_FAILED);
  BOOST_TEST(::sem_unlink("/signal") == 0);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::sem_post(made) == 0 ? 0 : 1);
  BOOST_TEST(::sem_wait(made) == 0);
  int status = -1;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
  BOOST_TEST(::sem_close(made) == 0);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_has_libcs_reasons) {
  BOOST_TEST(error_of_opening("/none", 0) == ENOENT);
  BOOST_TEST(error_of_opening("/", O_CREAT) == EINVAL);
  BOOST_TEST(error_of_opening("", O_CREAT) == EINVAL);
  BOOST_TEST(error_of_opening("/../outside", O_CREAT) == EINVAL);
  BOOST_TEST(error_of_opening("/a/b", O_CREAT) == EINVAL);
  BOOST_TEST(error_of_opening(("/" + std::string(252, 'n')).c_str(), O_CREAT) == ENAMETOOLONG);
  BOOST_TEST(error_of_opening(("/" + std::string(251, 'n')).c_str(), O_CREAT) == 0);
  BOOST_TEST(error_of_opening("/..", O_CREAT) == 0);  // a name like any other, within the directory
  BOOST_TEST(error_of_opening("/..", O_CREAT | O_EXCL) == EEXIST);
  BOOST_TEST(::sem_unlink("/none") == -1);
  BOOST_TEST(errno == ENOENT);
  BOOST_TEST(files() == 2U);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_semaphore_is_refused) {
  std::ofstream(directory.path / "sem.short") << "x";
  BOOST_TEST(error_of_opening("/short", 0) == EINVAL);
  fs::create_symlink("/dev/zero", directory.path / "sem.link");
  BOOST_TEST(error_of_opening("/link", O_CREAT) == ELOOP);
}

BOOST_AUTO_TEST_CASE(shared_memory_is_a_file_with_the_asked_mode) {
  const UniqueFd made(::shm_open("/block", O_CREAT | O_EXCL | O_RDWR, 0600));
  BOOST_REQUIRE(static_cast<bool>(made));
  BOOST_TEST(::ftruncate(made.get(), 4096) == 0);
  const UniqueFd opened(::shm_open("/block", O_RDONLY, 0));
  BOOST_REQUIRE(static_cast<bool>(opened));
  struct stat status {};
  BOOST_TEST(::fstat(opened.get(), &status) == 0);
  BOOST_TEST(status.st_size == 4096);
  BOOST_TEST((status.st_mode & 0777) == 0600U);
  BOOST_TEST(::fcntl(opened.get(), F_GETFD) == FD_CLOEXEC);
  BOOST_TEST(::shm_open("/block", O_CREAT | O_EXCL | O_RDWR, 0600) == -1);
  BOOST_TEST(errno == EEXIST);
  BOOST_TEST(::shm_unlink("/block") == 0);
  BOOST_TEST(::shm_open("/block", O_RDWR, 0) == -1);
  BOOST_TEST(errno == ENOENT);
}

BOOST_AUTO_TEST_CASE(there_is_no_room_in_dev_shm_and_elsewhere_what_there_is) {
  struct statvfs shared {
  }, other{};
  BOOST_TEST(::statvfs("/dev/shm", &shared) == 0);
  BOOST_TEST(shared.f_bavail == 0U);
  BOOST_TEST(shared.f_blocks > 0U);
  BOOST_TEST(::statvfs("/", &other) == 0);
  BOOST_TEST(other.f_bavail > 0U);
  BOOST_TEST(::statvfs("/not there", &other) == -1);
}

BOOST_AUTO_TEST_CASE(a_directory_whose_path_is_too_long_is_not_used) {
  BOOST_TEST(!keep_named_objects_in(std::string(PATH_MAX, 'x').c_str()));
  BOOST_TEST(::shm_unlink("/none") == -1);
  BOOST_TEST(files() == 0U);
}

BOOST_AUTO_TEST_CASE(without_a_directory_libc_answers) {
  BOOST_TEST(keep_named_objects_in(""));
  const std::string name = "/python-executor-test-" + std::to_string(::getpid());
  sem_t* const made = ::sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 2U);
  BOOST_REQUIRE(made != SEM_FAILED);
  BOOST_TEST(value_of(made) == 2);
  BOOST_TEST(::sem_close(made) == 0);
  BOOST_TEST(::sem_unlink(name.c_str()) == 0);
  BOOST_TEST(files() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
