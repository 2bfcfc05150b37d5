// What the service needs: firejail, libfcgi, Python, its socket, and resources.
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "doctor/survey.h"
#include "front/listener.h"
#include "jail/process.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAllowedUsers = "/etc/firejail/firejail.users";

// Prints one fact a line. Threads are counted when everything is imported: a library that has
// started some would leave a forked worker with their locks and without them.
constexpr const char* kPythonProbe = R"(
import os, sys
for name in ('OMP', 'OPENBLAS', 'MKL', 'BLIS', 'NUMEXPR'):
    os.environ[name + '_NUM_THREADS'] = '1'
split = sys.argv.index('--')
sys.path[:0] = sys.argv[1:split]
import importlib
print('version', sys.version.split()[0], sep='\t')
for name in sys.argv[split + 1:]:
    try:
        module = importlib.import_module(name)
        own = name.split('.')[0] in sys.stdlib_module_names
        print('module', name, '' if own else getattr(module, '__version__', ''), sep='\t')
    except BaseException as error:
        print('missing', name, f'{type(error).__name__}: {error}'.replace('\n', ' '), sep='\t')
with open('/proc/self/status') as status:
    for line in status:
        if line.startswith('Threads:'):
            print('threads', line.split()[1], sep='\t')
)";

std::string user_name(uid_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

std::string group_name(gid_t gid) {
  const group* entry = ::getgrgid(gid);
  return entry != nullptr ? entry->gr_name : std::to_string(gid);
}

bool has_line(const std::string& path, const std::string& wanted) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line == wanted) return true;
  }
  return false;
}

// The file that is mapped into this process under that name.
std::string mapped_library(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos && line.find(name, path) != std::string::npos) {
      return line.substr(path);
    }
  }
  return {};
}

// "libfcgi0ldbl:amd64: /usr/lib/..." without the path. The path that dpkg knows may begin with /lib
// or with /usr/lib, so only its end is asked for.
std::string package_of(const std::string& path) {
  const std::string file = fs::path(path).filename();
  const auto owner = output_of({"/usr/bin/dpkg-query", "--search", "*/" + file});
  const std::size_t end = owner ? owner->find(": ") : std::string::npos;
  return end == std::string::npos ? "" : owner->substr(0, end);
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream text(line);
  for (std::string field; std::getline(text, field, '\t');) fields.push_back(field);
  fields.resize(3);
  return fields;
}

// A line of /proc/meminfo, in bytes.
std::uint64_t memory_of(const std::string& name) {
  constexpr std::uint64_t kKilobyte = 1024;
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    std::uint64_t value = 0;
    if (key == name + ":" && file >> value) return value * kKilobyte;
    file.ignore(256, '\n');
  }
  return 0;
}

// The limit of our own cgroup, where it has one.
std::uint64_t cgroup_memory() {
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::uint64_t value = 0;
    if (std::ifstream(path) >> value) return value;
  }
  return UINT64_MAX;
}

}  // namespace

FirejailFacts survey_firejail(const FirejailOptions& options, const std::string& user) {
  FirejailFacts facts;
  facts.program = options.program;
  facts.profile = options.profile;
  facts.executable = ::access(options.program.c_str(), X_OK) == 0;
  struct stat status {};
  if (::stat(options.program.c_str(), &status) == 0) {
    facts.setuid_root = (status.st_mode & S_ISUID) != 0 && status.st_uid == 0;
  }
  struct statvfs system {};
  if (::statvfs(options.program.c_str(), &system) == 0) {
    facts.nosuid = (system.f_flag & ST_NOSUID) != 0;
  }
  if (facts.executable) {
    const auto printed = output_of({options.program, "--version"});
    facts.refused = !printed;
    facts.printed = printed ? *printed : printed.error().text();
    if (const auto version = parse_firejail_version(facts.printed)) {
      facts.version = *version;
      facts.printed.erase(0, facts.printed.find("firejail version"));  // after its warnings
    }
    facts.printed = facts.printed.substr(0, facts.printed.find('\n'));
  }
  facts.profile_readable = ::access(options.profile.c_str(), R_OK) == 0;
  if (::access(kAllowedUsers, F_OK) == 0) facts.user_listed = has_line(kAllowedUsers, user);
  return facts;
}

LibraryFacts survey_fastcgi_library() {
  LibraryFacts facts;
  facts.path = mapped_library("libfcgi.so");
  if (facts.path.empty()) return facts;
  facts.package = package_of(facts.path);
  if (facts.package.empty()) return facts;
  const auto version =
      output_of({"/usr/bin/dpkg-query", "--show", "--showformat=${Version}", facts.package});
  if (version) facts.version = *version;
  return facts;
}

SocketFacts survey_socket(const std::string& path) {
  SocketFacts facts;
  facts.path = path;
  facts.tcp = is_tcp_address(path);
  if (facts.tcp) return facts;
  const fs::path directory = fs::path(path).parent_path();
  facts.usual = path == kUsualSocket;
  facts.directory = directory.empty() ? std::string(1, '.') : directory.string();
  struct stat status {};
  facts.directory_there = ::stat(facts.directory.c_str(), &status) == 0;
  facts.directory_writable = ::access(facts.directory.c_str(), W_OK | X_OK) == 0;
  facts.directory_mode = status.st_mode & 07777;
  struct stat socket {};
  if (::lstat(path.c_str(), &socket) == 0) {
    facts.mode = socket.st_mode;
    status = socket;
  }
  facts.owner = user_name(status.st_uid);
  facts.group = group_name(status.st_gid);
  return facts;
}

PythonFacts survey_python(const std::string& python, const std::vector<std::string>& path,
                          const std::vector<std::string>& modules) {
  PythonFacts facts;
  std::vector<std::string> command = {python, "-I", "-B", "-c", kPythonProbe};
  command.insert(command.end(), path.begin(), path.end());
  command.emplace_back("--");
  command.insert(command.end(), modules.begin(), modules.end());
  const auto printed = output_of(command);
  if (!printed) {
    facts.error = printed.error().text();
    return facts;
  }
  std::istringstream lines(*printed);
  for (std::string line; std::getline(lines, line);) {
    const auto fields = fields_of(line);
    if (fields[0] == "version") facts.version = fields[1];
    if (fields[0] == "threads") facts.threads = std::atoi(fields[1].c_str());
    if (fields[0] == "module") facts.modules.emplace_back(fields[1], fields[2]);
    if (fields[0] == "missing") facts.missing.emplace_back(fields[1], fields[2]);
  }
  return facts;
}

ResourceFacts survey_resources(const std::string& directory) {
  ResourceFacts facts;
  facts.memory = std::min(memory_of("MemTotal"), cgroup_memory());
  facts.available = std::min(memory_of("MemAvailable"), facts.memory);
  struct statvfs system {};
  if (::statvfs(directory.c_str(), &system) == 0) {
    facts.disk = static_cast<std::uint64_t>(system.f_bavail) * system.f_frsize;
  }
  return facts;
}

}  // namespace executor
