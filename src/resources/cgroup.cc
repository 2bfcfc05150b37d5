#include "resources/cgroup.h"

#include <algorithm>
#include <charconv>

#include "base/file_at.h"
#include "resources/cgroup_file.h"
#include "resources/cgroup_subtree.h"

namespace executor {
namespace {

constexpr const char* kWeight = "100";
// For the pages of the interpreter that a run makes its own by writing to them, and for what the
// kernel keeps for it: page tables, inodes, data that waits in pipes and sockets.
constexpr std::uint64_t kAllowance = 64ULL << 20;

void expect(std::vector<std::string>& missing, const std::string& name, const std::string& actual,
            const std::string& promised) {
  if (actual != promised) {
    missing.push_back(name + " is \"" + actual + "\", not \"" + promised + "\"");
  }
}

std::string line_of(int directory, const char* file) {
  const auto text = read_at(directory, file);
  return text ? text->substr(0, text->find('\n')) : text.error().text();
}

}  // namespace

// Files in the scratch space are memory as well, and have a limit of their own on top.
CgroupLimits cgroup_limits(const SandboxLimits& limits) {
  return {.memory = limits.memory + limits.scratch + kAllowance, .processes = limits.processes};
}

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  discard();
  owner_ = std::exchange(other.owner_, nullptr);
  name_ = std::move(other.name_);
  directory_ = std::move(other.directory_);
  return *this;
}

void Cgroup::discard() {
  if (owner_ == nullptr) return;
  directory_.reset();
  std::exchange(owner_, nullptr)->remove(name_);
}

std::string Cgroup::path() const {
  return owner_->path_of_run(name_);
}

void Cgroup::kill() const {
  (void)write_at(directory_.get(), "cgroup.kill", "1");
}

Result<void> Cgroup::lower(std::uint64_t memory, std::uint64_t processes) const {
  const CgroupLimits& limits = owner_->limits();
  auto done = memory == 0
                  ? Result<void>()
                  : write_at(directory_.get(), "memory.max",
                             std::to_string(limits.memory - std::min(limits.memory, memory)));
  if (done && processes != 0 && processes < limits.processes) {
    done = write_at(directory_.get(), "pids.max", std::to_string(processes));
  }
  return done;
}

CgroupMemory Cgroup::memory() const {
  const auto events = read_at(directory_.get(), "memory.events");
  const auto any = [&events](std::string_view event) {
    return events && counter(*events, event).value_or(0) > 0;
  };
  return {.at_limit = any("oom"), .killed = any("oom_kill"), .peak = peak_memory()};
}

std::optional<std::uint64_t> Cgroup::peak_memory() const {
  if (owner_ == nullptr) return std::nullopt;
  const auto text = read_at(directory_.get(), "memory.peak");
  if (!text) return std::nullopt;
  std::uint64_t bytes = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), bytes);
  return parsed.ec == std::errc() ? std::optional(bytes) : std::nullopt;
}

std::vector<std::string> Cgroup::missing_facts(int pid) const {
  std::vector<std::string> missing;
  const int at = directory_.get();
  const CgroupLimits& limits = owner_->limits();
  expect(missing, "cgroup", cgroup_of_process(std::to_string(pid)), path());
  expect(missing, "cgroup.memory.max", line_of(at, "memory.max"), std::to_string(limits.memory));
  expect(missing, "cgroup.memory.oom.group", line_of(at, "memory.oom.group"), "1");
  expect(missing, "cgroup.memory.swap.max", line_of(at, "memory.swap.max"), "0");
  if (owner_->controllers().find("cpu") != std::string::npos) {
    expect(missing, "cgroup.cpu.weight", line_of(at, "cpu.weight"), kWeight);  // as all others
  }
  expect(missing, "cgroup.pids.max", line_of(at, "pids.max"), std::to_string(limits.processes));
  return missing;
}

}  // namespace executor
