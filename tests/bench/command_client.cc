#include "command_client.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/fd.h"
#include "script.h"

namespace executor::bench {
namespace {

void require(int error, const std::string& step) {
  if (error != 0) throw std::system_error(error, std::generic_category(), step);
}

class CommandClient final : public Client {
 public:
  CommandClient(std::vector<std::string> command, const Script& script)
      : command_(std::move(command)) {
    command_.emplace_back("-c");
    command_.push_back(script.source + "\nimport json\nprint(json.dumps({\"result\": main()}))\n");
    for (std::string& word : command_) arguments_.push_back(word.data());
    arguments_.push_back(nullptr);
  }

  std::string run() override {
    const UniqueFd output = start();
    std::string answer;
    std::array<char, 4096> chunk{};
    ssize_t got = 0;
    while ((got = ::read(output.get(), chunk.data(), chunk.size())) > 0) {
      answer.append(chunk.data(), static_cast<std::size_t>(got));
    }
    if (got < 0) require(errno, "read from " + command_.front());
    return answer;
  }

  void finish() override {
    int status = 0;
    if (::waitpid(std::exchange(child_, -1), &status, 0) < 0) require(errno, "wait for a child");
    if (status != 0) {
      throw std::runtime_error(command_.front() + ": wait status " + std::to_string(status));
    }
  }

 private:
  // Starts the command and returns the reading end of its stdout. stdin is at end of file.
  UniqueFd start() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) require(errno, "make a pipe");
    UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
    const int error =
        ::posix_spawnp(&child_, arguments_[0], &actions, nullptr, arguments_.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    require(error, "start " + command_.front());
    return reading;
  }

  std::vector<std::string> command_;
  std::vector<char*> arguments_;
  pid_t child_ = -1;
};

}  // namespace

ClientPtr make_command_client(std::vector<std::string> command, const Script& script) {
  return std::make_unique<CommandClient>(std::move(command), script);
}

}  // namespace executor::bench
