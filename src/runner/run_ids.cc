#include "runner/run_ids.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "base/file_at.h"
#include "wire/ids.h"

namespace executor {
namespace {

Result<void> await(int mapped) {
  eventfd_t ignored = 0;
  while (::eventfd_read(mapped, &ignored) != 0) {
    if (errno != EINTR) return os_failure("wait for the maps of the ids");
  }
  return {};
}

}  // namespace

RunIds::RunIds(std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) free_.push_back(kFirstRunId + i);
}

Result<std::uint32_t> RunIds::take() {
  if (free_.empty()) return failure("no user id is free for another worker");
  const std::uint32_t id = free_.front();
  free_.pop_front();
  return id;
}

Result<void> map_run_id(int proc, pid_t worker, std::uint32_t id, int mapped) {
  const std::string map = std::to_string(kSandboxId) + " " + std::to_string(id) + " 1";
  for (const char* file : {"/uid_map", "/gid_map"}) {
    auto wrote = write_at(proc, (std::to_string(worker) + file).c_str(), map);
    if (!wrote) return wrote;
  }
  if (::eventfd_write(mapped, 1) != 0) return os_failure("release a worker that has its ids");
  return {};
}

Result<void> become_run_id(int mapped) {
  if (auto done = await(mapped); !done) return done;
  // Not libc's, which would look for other threads.
  if (::syscall(SYS_setresgid, kSandboxId, kSandboxId, kSandboxId) != 0) {
    return os_failure("become the run's group");
  }
  if (::syscall(SYS_setresuid, kSandboxId, kSandboxId, kSandboxId) != 0) {
    return os_failure("become the run's user");
  }
  if (::geteuid() != kSandboxId || ::getegid() != kSandboxId) {
    return failure("become the run's user: it has not happened");
  }
  // A process that has changed its user is hidden from all users but root, and the service must
  // attest its sandbox and count its memory. No other process has that user and could see it.
  if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return os_failure("be visible to the service");
  return {};
}

}  // namespace executor
