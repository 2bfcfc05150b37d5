// Theory of operation. Each server is one `bash serve/serve` in a process group of its own, with
// stdin at end of file, stderr in a file and stdout on a pipe that a thread drains for as long as
// the process lives: the thread is what sees the line that says "ready", and without it a full pipe
// would stop the server. The end is seen through a pidfd, never through end of file on the pipe,
// which a process left behind could hold open. Should the tests die, PR_SET_PDEATHSIG sends the
// server the signal that stop() would have sent.
#include "support/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "base/fd.h"
#include "jail/boost_process.h"
#include "support/processes.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kStartTimeout = 600s;  // of an emulated machine
constexpr auto kStopTimeout = 30s;

fs::path this_binary() {
  return fs::read_symlink("/proc/self/exe");
}

fs::path source_tree() {
  if (const char* named = std::getenv("EXECUTOR_SOURCE")) return fs::absolute(named);
  for (const fs::path& start : {fs::current_path(), this_binary()}) {
    for (fs::path at = start; at != at.root_path(); at = at.parent_path()) {
      if (fs::exists(at / "serve" / "serve")) return at;
    }
  }
  throw std::runtime_error("no serve/serve found: set EXECUTOR_SOURCE to the source tree");
}

fs::path built_programs(const fs::path& source) {
  if (const char* named = std::getenv("EXECUTOR_BIN")) return fs::absolute(named);
  const fs::path above = this_binary().parent_path().parent_path();
  return fs::exists(above / "python-executor") ? above : source / "build" / "release";
}

bp::environment server_environment(const fs::path& source, std::uint16_t port) {
  bp::environment environment = boost::this_process::environment();
  environment["PORT"] = std::to_string(port);
  environment["EXECUTOR_BIN"] = built_programs(source).string();
  return environment;
}

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A directory that is removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "python-executor-tests-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Makes a pipe of that name which is full; as long as the descriptor is open, writers
// block.
UniqueFd full_pipe(const fs::path& path) {
  UniqueFd both_ends;
  if (::mkfifo(path.c_str(), 0600) == 0) {
    both_ends.reset(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  }
  if (!both_ends) throw std::runtime_error("cannot make a pipe at " + path.string());
  while (::write(both_ends.get(), "", 1) == 1) {
  }
  return both_ends;
}

UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(int(::syscall(SYS_pidfd_open, pid, 0)));
}

bool ends_within(const UniqueFd& pidfd, std::chrono::milliseconds span) {
  pollfd entry{pidfd.get(), POLLIN, 0};
  return ::poll(&entry, 1, int(span.count())) == 1;
}

std::string failure_text(std::optional<int> exit_code, const std::string& out,
                         const std::string& err) {
  std::ostringstream text;
  if (exit_code) {
    text << "the server ended with status " << *exit_code << " before it was ready";
  } else {
    text << "the server was not ready within " << kStartTimeout.count() << " seconds";
  }
  text << "\n--- its stdout\n" << out << "--- its stderr\n" << err << "---";
  return text.str();
}

}  // namespace

StartFailure::StartFailure(std::optional<int> exit_code, const std::string& out,
                           const std::string& err)
    : std::runtime_error(failure_text(exit_code, out, err)), exit_code_(exit_code), err_(err) {}

class Server::Child {
 public:
  enum class Stderr : std::uint8_t { kFile, kUnread };
  Child(std::uint16_t port, const std::vector<std::string>& options, Stderr kind = Stderr::kFile)
      : port_(port),
        unread_(kind == Stderr::kUnread ? full_pipe(errors()) : UniqueFd()),
        process_(start(options)),
        pidfd_(open_pidfd(process_.id())) {
    ::fcntl(pipe_.native_source(), F_SETFD, FD_CLOEXEC);
    drain_ = std::thread([this] { drain(); });
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (!exit_code_) {
      try {
        stop(SIGTERM, false);
      } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
      }
    }
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_.id(); }
  [[nodiscard]] std::string err() const { return unread_ ? "" : read_all(errors()); }

  void wait_until_ready() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kStartTimeout, [this] { return ready() || ended_; });
    if (ready()) return;
    const bool ended = ended_;
    lock.unlock();
    std::optional<int> exit_code;
    if (ended) exit_code = reap();
    throw StartFailure(exit_code, out_, err());
  }

  int stop(int signal, bool whole_group) {
    if (exit_code_) return *exit_code_;
    ::kill(whole_group ? -pid() : pid(), signal);
    if (ends_within(pidfd_, kStopTimeout)) return reap();
    ::kill(-pid(), SIGKILL);
    reap();
    throw std::runtime_error("the server did not end within 30 seconds of signal " +
                             std::to_string(signal) + "\n" + err());
  }

 private:
  [[nodiscard]] fs::path errors() const { return directory_.path() / "stderr"; }

  bp::child start(const std::vector<std::string>& options) {
    const fs::path source = source_tree();
    std::vector<std::string> arguments{(source / "serve" / "serve").string(), "--"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    if (const char* most = std::getenv("ESCAPE_TIMEOUT")) {
      arguments.insert(arguments.end(),
                       {"--max-timeout-seconds", most, "--cpu-limit-seconds", most});
    }
    return bp::child(
        bp::search_path("bash"), bp::args = arguments, server_environment(source, port_),
        bp::start_dir = source.string(), bp::std_in<bp::null, bp::std_out> pipe_,
        bp::std_err > errors().string(), group_,
        bp::extend::on_exec_setup = [](auto&) { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
  }

  // Waits for a process that has ended or is about to, and for the last of its output.
  int reap() {
    process_.wait();
    drain_.join();
    const int status = process_.native_exit_code();
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return *exit_code_;
  }

  [[nodiscard]] bool ready() const {
    const std::string line =
        "python-executor is ready at http://localhost:" + std::to_string(port_);
    return out_.find(line) != std::string::npos;
  }

  // The drain thread: reads until the process has ended and nothing is left to read.
  void drain() {
    std::array<pollfd, 2> entries{{{pipe_.native_source(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}}};
    while (::poll(entries.data(), entries.size(), -1) >= 0 || errno == EINTR) {
      if (entries[0].revents != 0 && !append_output()) entries[0].fd = -1;
      if (entries[1].revents != 0 && (entries[0].revents & POLLIN) == 0) break;
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  bool append_output() {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(pipe_.native_source(), bytes.data(), bytes.size());
    if (count <= 0) return count < 0 && errno == EINTR;
    const std::lock_guard lock(mutex_);
    out_.append(bytes.data(), std::size_t(count));
    changed_.notify_all();
    return true;
  }

  TemporaryDirectory directory_;
  std::uint16_t port_;
  UniqueFd unread_;
  bp::pipe pipe_;
  bp::group group_;
  bp::child process_;
  UniqueFd pidfd_;
  std::optional<int> exit_code_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string out_;     // guarded by mutex_ while the drain thread lives
  bool ended_ = false;  // guarded by mutex_
  std::thread drain_;
};

Server::Server(const std::vector<std::string>& options) : Server(free_port(), options) {}

Server::Server(std::uint16_t port, const std::vector<std::string>& options)
    : Server(std::make_unique<Child>(port, options)) {}

Server::Server(std::unique_ptr<Child> child) : child_(std::move(child)) {
  child_->wait_until_ready();
}

Server Server::unread(const Settings& settings) {
  return Server(std::make_unique<Child>(free_port(), settings.options(), Child::Stderr::kUnread));
}

Server::~Server() = default;

std::uint16_t Server::port() const {
  return child_->port();
}
pid_t Server::pid() const {
  return child_->pid();
}
std::string Server::log() const {
  return child_->err();
}
int Server::stop(int signal) {
  return child_->stop(signal, false);
}
void Server::press_ctrl_c() {
  ::kill(-child_->pid(), SIGINT);
}
int Server::interrupt() {
  return child_->stop(SIGINT, true);
}

std::vector<std::string> Server::directories() const {
  const std::regex pattern("/[^ =:]*python-executor[^ =:]*/" + std::to_string(port()) +
                           "(?=[/ =:]|$)");
  std::set<std::string> found;
  for (const Process& process : descendants(pid())) {
    const std::string& command = process.command;
    const std::sregex_iterator end;
    for (std::sregex_iterator match(command.begin(), command.end(), pattern); match != end;
         ++match) {
      found.insert(match->str());
    }
  }
  return {found.begin(), found.end()};
}

namespace {
std::unique_ptr<Server> shared;
}

SharedServer::SharedServer() {
  shared = std::make_unique<Server>(shared_settings());
}
SharedServer::~SharedServer() {
  shared.reset();
}

std::string source_directory() {
  return source_tree().string();
}

Server& shared_server() {
  return *shared;
}

const Settings& shared_settings() {
  static const Settings settings = [] {
    Settings chosen;
    if (const char* tier = std::getenv("ESCAPE_TIER")) chosen.tier = tier;
    return chosen;
  }();
  return settings;
}

Settings own_settings() {
  Settings settings = shared_settings();
  settings.preload = {"light:", "second: decimal"};
  return settings;
}

std::uint16_t free_port() {
  const UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(probe.get(), generic, size) != 0 || ::getsockname(probe.get(), generic, &size) != 0) {
    throw std::runtime_error("no free port on 127.0.0.1");
  }
  return ntohs(address.sin_port);
}

}  // namespace executor::test
