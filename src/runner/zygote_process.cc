#include "runner/zygote_process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/fd.h"
#include "base/file_at.h"
#include "runner/proc_file.h"
#include "runner/root.h"
#include "wire/job.h"

namespace executor {
namespace {

// The whole environment of every script. Numeric libraries get one thread each: a thread pool made
// before a clone does not survive it.
constexpr std::array kEnvironment = {
    std::pair("PATH", "/usr/bin:/bin"),    std::pair("HOME", kHome),
    std::pair("TMPDIR", "/tmp"),           std::pair("LANG", "C.UTF-8"),
    std::pair("USER", "sandbox"),          std::pair("LOGNAME", "sandbox"),
    std::pair("OMP_NUM_THREADS", "1"),     std::pair("OPENBLAS_NUM_THREADS", "1"),
    std::pair("MKL_NUM_THREADS", "1"),     std::pair("BLIS_NUM_THREADS", "1"),
    std::pair("NUMEXPR_NUM_THREADS", "1"), std::pair("VECLIB_MAXIMUM_THREADS", "1"),
};

}  // namespace

Result<void> set_environment() {
  if (::clearenv() != 0) return os_failure("clear the environment");
  for (const auto& [name, value] : kEnvironment) {
    if (::setenv(name, value, 1) != 0) return os_failure("set the environment");
  }
  return {};
}

Result<void> require_one_thread(int proc) {
  const auto threads = read_proc_number(proc, "self/status", "Threads");
  if (!threads) return threads.error();
  if (*threads != 1)
    return failure("preload: a module started a thread, which no worker would have");
  return {};
}

Result<void> leave_out_of_core_dumps(int proc) {
  auto written = write_at(proc, "self/coredump_filter", "0");
  if (!written && written.error().error == ENOENT) return {};  // a kernel without core dumps
  return written;
}

Result<void> reserve_job_socket() {
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null || ::dup3(null.get(), kJobSocket, O_CLOEXEC) < 0) {
    return os_failure("reserve the job socket's number");
  }
  return {};
}

}  // namespace executor
