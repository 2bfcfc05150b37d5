#include "launcher/slices.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/kill_and_wipe.h"
#include "base/process_memory.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

// More than there are preload sets, so that a set's next zygote need not wait for the sweep of its
// last.
constexpr uid_t kSlices = 8;

// Tries again when the sweeper was killed: one that the zygote has left running has the same ids.
bool sweep_in_child(const UidSlot& slot) {
  int status = -1;
  do {
    const pid_t child = ::fork();
    if (child < 0) return false;
    if (child == 0) kill_and_wipe(slot);
    // Other processes that end meanwhile are those for which the sweeper waits.
    for (pid_t ended = 0; (ended = ::wait(&status)) != child;) {
      if (ended < 0) return false;
    }
  } while (WIFSIGNALED(status));
  return status == 0;
}

}  // namespace

Slices::Slices(const LauncherOptions& options) : directory_(options.directory) {
  const uid_t size = (options.last_id - options.first_id + 1) / kSlices;
  for (uid_t i = 0; i < kSlices; ++i) {
    const uid_t first = options.first_id + i * size;
    free_.push_back({first, first + size - 1});
  }
}

Result<void> Slices::prepare() const {
  std::error_code error;
  fs::remove_all(directory_, error);
  if (error) return Failure{"empty " + directory_, error.value()};
  fs::create_directories(fs::path(directory_).parent_path(), error);
  if (::mkdir(directory_.c_str(), 0711) != 0 || ::chmod(directory_.c_str(), 0711) != 0) {
    return os_failure("make " + directory_);
  }
  return {};
}

std::optional<UidRange> Slices::take() {
  if (free_.empty()) return std::nullopt;
  const UidRange slice = free_.front();
  free_.erase(free_.begin());
  return slice;
}

void Slices::clear(UidRange slice) const {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::set<unsigned> users = users_in_use();
  for (uid_t id = slice.first; id < slice.last; id += 2) {
    const UidSlot slot{id, id + 1, directory_ + "/" + std::to_string(id)};
    // Of one that the zygote had only begun to make, the sweeper could not enter the directories.
    if (users.count(id) == 0 && remove_uid_slot(slot)) continue;
    if (!sweep_in_child(slot) || !remove_uid_slot(slot)) ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace executor
