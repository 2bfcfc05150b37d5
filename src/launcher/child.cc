#include "launcher/child.h"

#include <signal.h>
#include <unistd.h>

namespace executor {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void execute_with(std::vector<std::string>& words, char* const* environment) {
  ::execve(words[0].c_str(), pointers(words).data(), environment);
  fail_child(os_failure("execute " + words[0]));
}

}  // namespace

void fail_child(const Failure& failed) {
  const std::string text = "python-executor-launcher: " + failed.text() + "\n";
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(kFailedChild);
}

void clear_signal_mask() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<std::string> responder_command(const LauncherOptions& options) {
  std::vector<std::string> words = options.command;
  words.push_back("--uid-range=" + std::to_string(options.first_id) + "-" +
                  std::to_string(options.last_id));
  return words;
}

void execute(std::vector<std::string>& words) {
  execute_with(words, environ);
}

void execute_bare(std::vector<std::string>& words) {
  char* const nothing[] = {nullptr};
  execute_with(words, nothing);
}

}  // namespace executor
