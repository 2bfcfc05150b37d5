#include "runner/confinement.h"

namespace executor {
namespace {

std::uint64_t microseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_usec);
}

}  // namespace

WorkerExited exited_worker(std::uint64_t id, int status, const rusage& usage) {
  return {.id = id,
          .wait_status = status,
          .user_microseconds = microseconds(usage.ru_utime),
          .system_microseconds = microseconds(usage.ru_stime),
          .max_rss_kilobytes = static_cast<std::uint64_t>(usage.ru_maxrss),
          .page_faults = static_cast<std::uint64_t>(usage.ru_minflt)};
}

}  // namespace executor
