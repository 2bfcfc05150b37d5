#include "resources/cgroup_subtree.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/deadline.h"
#include "base/file_at.h"
#include "resources/cgroup_file.h"

namespace executor {
namespace {

constexpr const char* kRuns = "runs";
constexpr auto kRemovalLimit = std::chrono::seconds(5);
// Removed cgroups that pages of the host's files may keep alive.
constexpr std::uint64_t kMaxDying = 64;

Result<UniqueFd> make_directory(int parent, const std::string& name) {
  constexpr mode_t kMode = 0755;
  if (::mkdirat(parent, name.c_str(), kMode) != 0 && errno != EEXIST) {
    return os_failure("make cgroup " + name);
  }
  return open_directory(parent, name);
}

}  // namespace

Result<std::unique_ptr<CgroupSubtree>> CgroupSubtree::open(CgroupMode mode,
                                                           const CgroupLimits& limits) {
  auto subtree = find_delegated_cgroup(mode);
  if (!subtree) return subtree.error();
  if (::flock(subtree->directory.get(), LOCK_EX | LOCK_NB) != 0) {
    return os_failure("lock the cgroup " + subtree->path);
  }
  std::unique_ptr<CgroupSubtree> cgroups(
      new CgroupSubtree(subtree->path, std::move(subtree->directory), limits));
  if (auto prepared = cgroups->prepare(); !prepared) return prepared.error();
  return cgroups;
}

std::string CgroupSubtree::path_of_run(const std::string& name) const {
  return (path_ == "/" ? "" : path_) + "/" + kRuns + "/" + name;
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
  const auto leaf = make_directory(root_.get(), kServiceLeaf);
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
  return failure("empty the cgroup " + path_ + ": new processes keep appearing in it");
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
