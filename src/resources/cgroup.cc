#include "resources/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <charconv>

#include "base/file_at.h"
#include "resources/cgroup_file.h"

namespace executor {
namespace {

constexpr const char* kMount = "/sys/fs/cgroup";
constexpr const char* kLeaf = "service";
constexpr const char* kRuns = "runs";
constexpr auto kRemovalLimit = std::chrono::seconds(5);
constexpr const char* kWeight = "100";
// Removed cgroups that pages of the host's files may keep alive.
constexpr std::uint64_t kMaxDying = 64;
// For the pages of the interpreter that a run makes its own by writing to them, and for what the
// kernel keeps for it: page tables, inodes, data that waits in pipes and sockets.
constexpr std::uint64_t kAllowance = 64ULL << 20;

// As /proc names it to us; empty when the process is gone.
std::string path_of_process(const std::string& pid) {
  const auto text = read_at(AT_FDCWD, ("/proc/" + pid + "/cgroup").c_str());
  return text ? unified_path(*text) : std::string();
}

Result<UniqueFd> open_mount() {
  UniqueFd mount(::open(kMount, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!mount) return os_failure(std::string("open ") + kMount);
  struct statfs status {};
  if (::fstatfs(mount.get(), &status) != 0) return os_failure(std::string("examine ") + kMount);
  if (status.f_type != CGROUP2_SUPER_MAGIC) {
    return failure(std::string(kMount) + " is not cgroup v2 alone");
  }
  return mount;
}

bool can_write(int directory, const char* file) {
  return ::faccessat(directory, file, W_OK, AT_EACCESS) == 0;
}

struct Subtree {
  std::string path;
  UniqueFd directory;
};

// Our own cgroup, or the one above it when we are in the leaf that an earlier start has made.
Result<Subtree> find_subtree() {
  std::string path = path_of_process("self");
  if (path.empty()) return failure("this process is in no cgroup of version 2");
  const std::string leaf = std::string("/") + kLeaf;
  if (path.ends_with(leaf)) path.resize(path.size() - leaf.size());
  if (path.empty()) path = "/";
  auto mount = open_mount();
  if (!mount) return mount.error();
  auto directory = open_directory(mount->get(), "." + path);
  if (!directory) return directory.error();
  return Subtree{path, std::move(*directory)};
}

Result<void> check_delegated(const Subtree& subtree, CgroupMode mode) {
  for (const char* file : {".", "cgroup.procs", "cgroup.subtree_control"}) {
    if (!can_write(subtree.directory.get(), file)) {
      return os_failure("the cgroup " + subtree.path + " is not delegated: write " + file);
    }
  }
  if (mode == CgroupMode::kAuto && !is_marked_as_delegated(subtree.directory.get(), subtree.path)) {
    return failure("the cgroup " + subtree.path + " is not marked as delegated");
  }
  return {};
}

Result<UniqueFd> make_directory(int parent, const std::string& name) {
  constexpr mode_t kMode = 0755;
  if (::mkdirat(parent, name.c_str(), kMode) != 0 && errno != EEXIST) {
    return os_failure("make cgroup " + name);
  }
  return open_directory(parent, name);
}

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
  return (owner_->path() == "/" ? "" : owner_->path()) + "/" + kRuns + "/" + name_;
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
  expect(missing, "cgroup", path_of_process(std::to_string(pid)), path());
  expect(missing, "cgroup.memory.max", line_of(at, "memory.max"), std::to_string(limits.memory));
  expect(missing, "cgroup.memory.oom.group", line_of(at, "memory.oom.group"), "1");
  expect(missing, "cgroup.memory.swap.max", line_of(at, "memory.swap.max"), "0");
  if (owner_->controllers().find("cpu") != std::string::npos) {
    expect(missing, "cgroup.cpu.weight", line_of(at, "cpu.weight"), kWeight);  // as all others
  }
  expect(missing, "cgroup.pids.max", line_of(at, "pids.max"), std::to_string(limits.processes));
  return missing;
}

Result<std::string> CgroupSubtree::delegated(CgroupMode mode) {
  auto subtree = find_subtree();
  if (!subtree) return subtree.error();
  if (auto delegated = check_delegated(*subtree, mode); !delegated) return delegated.error();
  return subtree->path;
}

Result<std::unique_ptr<CgroupSubtree>> CgroupSubtree::open(CgroupMode mode,
                                                           const CgroupLimits& limits) {
  auto subtree = find_subtree();
  if (!subtree) return subtree.error();
  if (auto delegated = check_delegated(*subtree, mode); !delegated) return delegated.error();
  if (::flock(subtree->directory.get(), LOCK_EX | LOCK_NB) != 0) {
    return os_failure("lock the cgroup " + subtree->path);
  }
  std::unique_ptr<CgroupSubtree> cgroups(
      new CgroupSubtree(subtree->path, std::move(subtree->directory), limits));
  if (auto prepared = cgroups->prepare(); !prepared) return prepared.error();
  return cgroups;
}

// Makes the first cgroup of a worker as a test: a kernel that lacks a limit is reported here, not
// by a request.
Result<void> CgroupSubtree::prepare() {
  const auto deadline = Deadline::after(kRemovalLimit);
  if (auto removed = remove_cgroup(root_.get(), kRuns, deadline); !removed) return removed;
  if (auto entered = enter_leaf(); !entered) return entered;
  if (auto handed = hand_down_controllers(); !handed) return handed;
  const auto first = take();
  if (!first) return first.error();
  return {};
}

// Every process directly in the subtree belongs to the service, however it was started; a second
// look finds those that were forked during the first.
Result<void> CgroupSubtree::enter_leaf() {
  constexpr int kMaxLooks = 16;
  const auto leaf = make_directory(root_.get(), kLeaf);
  if (!leaf) return leaf.error();
  for (int look = 0; look < kMaxLooks; ++look) {
    const auto members = read_at(root_.get(), "cgroup.procs");
    if (!members) return members.error();
    const auto pids = words_of(*members);
    if (pids.empty()) return {};
    for (const std::string& pid : pids) {
      auto moved = write_at(leaf->get(), "cgroup.procs", pid);
      if (!moved && moved.error().error != ESRCH) return moved;
    }
  }
  return failure("empty the cgroup " + path_ + ": it fills again");
}

Result<void> CgroupSubtree::hand_down_controllers() {
  const auto available = read_at(root_.get(), "cgroup.controllers");
  if (!available) return available.error();
  const auto offered = words_of(*available);
  std::string all;
  for (const char* controller : {"memory", "pids", "cpu"}) {
    if (std::find(offered.begin(), offered.end(), controller) == offered.end()) {
      if (controller == std::string_view("cpu")) continue;  // a fair share each is not a limit
      return failure("the controller " + std::string(controller) + " is not delegated to " + path_);
    }
    controllers_ += (controllers_.empty() ? "" : " ") + std::string(controller);
    all += (all.empty() ? "+" : " +") + std::string(controller);
  }
  if (auto wrote = write_at(root_.get(), "cgroup.subtree_control", all); !wrote) return wrote;
  auto runs = make_directory(root_.get(), kRuns);
  if (!runs) return runs.error();
  runs_ = std::move(*runs);
  return write_at(runs_.get(), "cgroup.subtree_control", all);
}

Result<void> CgroupSubtree::limit(int directory) const {
  using std::to_string;
  auto done = write_at(directory, "memory.max", to_string(limits_.memory));
  if (done) done = write_at(directory, "memory.swap.max", "0");
  if (done) done = write_at(directory, "memory.oom.group", "1");
  if (done) done = write_at(directory, "pids.max", to_string(limits_.processes));
  if (done && !can_write(directory, "cgroup.kill")) done = os_failure("write cgroup.kill");
  return done;
}

Result<Cgroup> CgroupSubtree::make() {
  std::string name = std::to_string(++last_name_);
  auto directory = make_directory(runs_.get(), name);
  if (!directory) return directory.error();
  Cgroup cgroup(this, std::move(name), std::move(*directory));
  if (auto limited = limit(cgroup.directory()); !limited) return limited.error();
  return cgroup;
}

Result<Cgroup> CgroupSubtree::take() {
  {
    const std::lock_guard lock(spare_mutex_);
    if (!spare_.empty()) {
      Cgroup cgroup = std::move(spare_.back());
      spare_.pop_back();
      return cgroup;
    }
  }
  return make();
}

void CgroupSubtree::stock(std::size_t count) {
  for (;;) {
    {
      const std::lock_guard lock(spare_mutex_);
      if (spare_.size() >= count) return;
    }
    auto cgroup = make();
    if (!cgroup) return;
    const std::lock_guard lock(spare_mutex_);
    spare_.push_back(std::move(*cgroup));
  }
}

// The lock is held during the attempt: a sweep after the last process has ended finds the name, or
// the cgroup gone.
void CgroupSubtree::remove(const std::string& name) {
  const std::lock_guard lock(discarded_mutex_);
  if (!remove_now(name)) discarded_.push_back(name);
}

// A page of a file that the run was the first to read is charged to its cgroup, and keeps the
// cgroup in the kernel after its removal, until the memory is needed. So beyond some such pages
// are reclaimed first. Not from the start: many runs may read the page. And a cgroup is not reused
// for another run, which would avoid this, because its peak of memory must be the run's own.
bool CgroupSubtree::remove_now(const std::string& name) const {
  const auto stat = read_at(runs_.get(), "cgroup.stat");
  const auto dying = stat ? counter(*stat, "nr_dying_descendants") : std::nullopt;
  if (dying.value_or(0) > kMaxDying) {
    // Linux 5.19. Fails when less could be reclaimed, which is always the case.
    (void)write_at(runs_.get(), (name + "/memory.reclaim").c_str(), "1G");
  }
  return ::unlinkat(runs_.get(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
}

bool CgroupSubtree::sweep() {
  const std::lock_guard lock(discarded_mutex_);
  std::erase_if(discarded_, [this](const std::string& name) { return remove_now(name); });
  return discarded_.empty();
}

bool CgroupSubtree::frozen() const {
  const auto events = read_at(runs_.get(), "cgroup.events");
  return events && counter(*events, "frozen").value_or(0) > 0;
}

CgroupSubtree::~CgroupSubtree() {
  spare_.clear();
  (void)remove_cgroup(root_.get(), kRuns, Deadline::after(kRemovalLimit));
}

}  // namespace executor
