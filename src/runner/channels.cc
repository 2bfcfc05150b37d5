#include "runner/channels.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "wire/packet.h"

namespace executor {
namespace {

Result<std::pair<UniqueFd, UniqueFd>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_failure("make a pipe");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

}  // namespace

Result<Channels> make_channels() {
  auto job = packet_socketpair();
  if (!job) return job.error();
  auto out = make_pipe();
  if (!out) return out.error();
  auto err = make_pipe();
  if (!err) return err.error();
  return Channels{std::move(job->first),
                  std::move(out->first),
                  std::move(err->first),
                  {std::move(job->second), std::move(out->second), std::move(err->second)}};
}

}  // namespace executor
