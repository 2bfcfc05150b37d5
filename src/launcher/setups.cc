#include "launcher/setups.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/fd.h"
#include "base/roots_own.h"
#include "launcher/child.h"
#include "launcher/identity.h"
#include "wire/launch.h"
#include "wire/packet.h"

namespace executor {
namespace {

constexpr std::size_t kMaxPrinted = 4 << 20;

[[noreturn]] void become_printer(const LauncherOptions& options, int output) {
  std::vector<std::string> words = responder_command(options);
  words.emplace_back(kPrintSetups);
  if (::dup2(output, STDOUT_FILENO) < 0) fail_child(os_failure("hand over a pipe"));
  if (auto dropped = keep_no_capabilities(); !dropped) fail_child(dropped.error());
  clear_signal_mask();
  execute(words);
}

Result<std::string> read_all(int pipe) {
  std::string text;
  std::array<char, 64 << 10> buffer{};
  for (ssize_t size = 0; (size = ::read(pipe, buffer.data(), buffer.size())) != 0;) {
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return os_failure("read the setups");
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > kMaxPrinted) return failure("read the setups: the output is too long");
  }
  return text;
}

Result<void> add_setup(std::string_view digits, Setups& setups) {
  auto setup = from_hex(digits);
  if (!setup || setup->empty()) return failure("read the setups: one is not in hexadecimal digits");
  if (setup->size() > kMaxPacket) return failure("read the setups: one is too long");
  const std::uint64_t digest = digest_of(*setup);
  setups.known.emplace(digest, std::move(*setup));
  return {};
}

}  // namespace

Result<Setups> parse_setups(std::string_view printed) {
  Setups setups;
  while (!printed.empty()) {
    const std::size_t end = printed.find('\n');
    if (end == std::string_view::npos) return failure("read the setups: the last line is cut");
    const std::string_view line = printed.substr(0, end);
    printed.remove_prefix(end + 1);
    if (line == kOnlyUidLine) {
      setups.only_uid = true;
    } else if (!line.starts_with(kSetupLine)) {
      return failure("read the setups: an unknown line");
    } else if (auto added = add_setup(line.substr(kSetupLine.size()), setups); !added) {
      return added.error();
    }
  }
  if (setups.known.empty()) return failure("read the setups: no setup");
  return setups;
}

Result<Setups> ask_for_setups(const LauncherOptions& options) {
  if (auto own = require_roots_own(options.command[0]); !own) return own.error();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_failure("make a pipe");
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return os_failure("ask for the setups");
  if (child == 0) become_printer(options, input.get());
  input.reset();
  const auto printed = read_all(output.get());
  int status = -1;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!printed) return printed.error();
  if (status != 0) return failure("ask for the setups: the responder's command failed");
  return parse_setups(*printed);
}

}  // namespace executor
