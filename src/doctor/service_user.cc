#include "doctor/service_user.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "jail/firejail.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kServiceUser = "python-executor";

// Whether the runner stands next to this program: in a build, which the service's user may not be
// able to enter. An installed one is where the service itself finds it.
bool is_build(const Config& config) {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  return fs::path(config.service.jail.runner).parent_path() == program.parent_path();
}

// Copies in a directory of root's. Their modes stay, so that an unreadable file is still found.
class Copies {
 public:
  explicit Copies(Config& config) {
    std::string name = "/var/tmp/python-executor-doctor.XXXXXX";
    if (!is_build(config) || ::mkdtemp(name.data()) == nullptr) return;
    directory_ = name;
    if (::chmod(name.c_str(), 0755) != 0) return;
    copy(config.service.jail.runner);
    FirejailOptions& firejail = config.service.jail.firejail;
    if (firejail.profile != FirejailOptions().profile) copy(firejail.profile);
  }
  ~Copies() {
    std::error_code ignored;
    if (!directory_.empty()) fs::remove_all(directory_, ignored);
  }
  Copies(const Copies&) = delete;
  Copies& operator=(const Copies&) = delete;

 private:
  // What cannot be copied stays where it is: the doctor finds out why.
  void copy(std::string& path) const {
    std::error_code error;
    const fs::path to = directory_ / fs::path(path).filename();
    if (fs::copy_file(path, to, error) && !error) path = to;
  }

  fs::path directory_;
};

// Becomes dumpable again, as a program is that the user has started: otherwise /proc/self is
// root's.
int act_as(const Account& account, const Config& config,
           const std::function<int(const Config&)>& act) {
  const auto switched = switch_user(account);
  if (!switched || ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) {
    std::fprintf(stderr, "python-executor: %s\n",
                 switched ? "become dumpable" : switched.error().text().c_str());
    return 1;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  return act(config);
}

// The child is in the same process group, so that Ctrl-C reaches it as well. Its parent waits for
// it and then removes the copies.
class PassedOver {
 public:
  PassedOver() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) old_[i] = ::signal(kSignals[i], SIG_IGN);
  }
  ~PassedOver() { restore(); }
  PassedOver(const PassedOver&) = delete;
  PassedOver& operator=(const PassedOver&) = delete;

  void restore() const {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::signal(kSignals[i], old_[i]);
  }

 private:
  static constexpr std::array kSignals = {SIGINT, SIGQUIT};
  std::array<void (*)(int), kSignals.size()> old_{};
};

}  // namespace

std::optional<Account> service_account(const std::string& socket) {
  struct stat status {};
  if (::lstat(socket.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) && status.st_uid != 0) {
    if (auto owner = find_account(status.st_uid)) return *owner;
  }
  if (auto account = find_account(kServiceUser)) return *account;
  return std::nullopt;
}

int run_as(const Account& account, const Config& config,
           const std::function<int(const Config&)>& act) {
  Config theirs = config;
  const Copies copies(theirs);
  const PassedOver signals;
  std::fflush(nullptr);  // or the child would print it as well
  const pid_t child = ::fork();
  if (child == 0) {
    signals.restore();
    const int status = act_as(account, theirs, act);
    std::fflush(nullptr);
    ::_exit(status);
  }
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace executor
