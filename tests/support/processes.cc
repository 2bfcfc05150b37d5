#include "support/processes.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace executor::test {
namespace {

namespace fs = std::filesystem;

// Empty for a process that ends meanwhile: reading its files then fails with ESRCH.
std::string read_all(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string read_command(const fs::path& directory) {
  std::string command = read_all(directory / "cmdline");
  std::replace(command.begin(), command.end(), '\0', ' ');
  return command;
}

// The fields of /proc/PID/stat after the name, which is in parentheses and may contain anything.
// See proc(5): the first is field 3.
std::optional<Process> read_process(pid_t pid) {
  const fs::path directory = fs::path("/proc") / std::to_string(pid);
  const std::string stat = read_all(directory / "stat");
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  const std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
  constexpr std::size_t kParent = 1;
  constexpr std::size_t kStarted = 19;
  if (words.size() <= kStarted) return std::nullopt;
  return Process{pid, std::stoi(words[kParent]), std::stoull(words[kStarted]),
                 read_command(directory)};
}

}  // namespace

std::vector<Process> all_processes() {
  std::vector<Process> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (auto process = read_process(pid)) found.push_back(std::move(*process));
  }
  return found;
}

std::vector<Process> descendants(pid_t root) {
  const std::vector<Process> all = all_processes();
  std::vector<Process> found;
  std::vector<pid_t> parents{root};
  while (!parents.empty()) {
    const pid_t parent = parents.back();
    parents.pop_back();
    for (const Process& process : all) {
      if (process.parent != parent || process.pid == root) continue;
      found.push_back(process);
      parents.push_back(process.pid);
    }
  }
  return found;
}

bool exists(const Process& process) {
  const auto now = read_process(process.pid);
  return now && now->started == process.started;
}

std::vector<Process> with_command(const std::vector<Process>& processes, std::string_view text) {
  std::vector<Process> found;
  const auto matches = [text](const Process& process) {
    return process.command.find(text) != std::string::npos;
  };
  std::copy_if(processes.begin(), processes.end(), std::back_inserter(found), matches);
  return found;
}

std::vector<Process> with_program(const std::vector<Process>& processes, std::string_view name) {
  std::vector<Process> found;
  const auto matches = [name](const Process& process) {
    const fs::path program = process.command.substr(0, process.command.find(' '));
    return program.filename() == name;
  };
  std::copy_if(processes.begin(), processes.end(), std::back_inserter(found), matches);
  return found;
}

std::vector<Process> zygotes(const std::vector<Process>& processes) {
  const std::vector<Process> jails = with_program(processes, "firejail");
  std::vector<Process> found;
  for (const Process& process : processes) {
    const auto is_parent = [&](const Process& jail) { return jail.pid == process.parent; };
    const auto is_itself = [&](const Process& jail) { return jail.pid == process.pid; };
    if (std::any_of(jails.begin(), jails.end(), is_parent) &&
        std::none_of(jails.begin(), jails.end(), is_itself)) {
      found.push_back(process);
    }
  }
  return found;
}

std::vector<Process> jailed(const std::vector<Process>& processes) {
  std::vector<Process> found = with_program(processes, "firejail");
  const std::vector<Process> jails = found;
  for (const Process& jail : jails) {
    const std::vector<Process> inside = descendants(jail.pid);
    found.insert(found.end(), inside.begin(), inside.end());
  }
  return found;
}

std::vector<Process> workers(const std::vector<Process>& processes) {
  const std::vector<Process> parents = zygotes(processes);
  std::vector<Process> found;
  for (const Process& process : processes) {
    const auto is_parent = [&](const Process& zygote) { return zygote.pid == process.parent; };
    if (std::any_of(parents.begin(), parents.end(), is_parent)) found.push_back(process);
  }
  return found;
}

long sleeps_of(pid_t pid) {
  constexpr std::string_view kName = "voluntary_ctxt_switches:";
  long sleeps = 0;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(kName)) sleeps += std::stol(line.substr(kName.size()));
    }
  }
  return sleeps;
}

}  // namespace executor::test
