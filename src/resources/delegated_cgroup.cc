#include "resources/delegated_cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <utility>

#include "resources/cgroup_file.h"

namespace executor {
namespace {

constexpr const char* kMount = "/sys/fs/cgroup";

Result<UniqueFd> open_mount() {
  UniqueFd mount(::open(kMount, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!mount) return os_failure(std::string("open ") + kMount);
  struct statfs status {};
  if (::fstatfs(mount.get(), &status) != 0) return os_failure(std::string("examine ") + kMount);
  if (status.f_type != CGROUP2_SUPER_MAGIC) {
    return failure(std::string(kMount) + " is not a pure cgroup v2 hierarchy");
  }
  return mount;
}

// Our own cgroup, or the one above it when we are in the leaf that an earlier start has made.
Result<DelegatedCgroup> find_cgroup() {
  std::string path = cgroup_of_process("self");
  if (path.empty()) return failure("this process is in no cgroup of version 2");
  const std::string leaf = std::string("/") + kServiceLeaf;
  if (path.ends_with(leaf)) path.resize(path.size() - leaf.size());
  if (path.empty()) path.push_back('/');
  auto mount = open_mount();
  if (!mount) return mount.error();
  auto directory = open_directory(mount->get(), "." + path);
  if (!directory) return directory.error();
  return DelegatedCgroup{path, std::move(*directory)};
}

Result<void> check_delegated(const DelegatedCgroup& found, CgroupMode mode) {
  for (const char* file : {".", "cgroup.procs", "cgroup.subtree_control"}) {
    if (!can_write(found.directory.get(), file)) {
      return os_failure("the cgroup " + found.path + " is not delegated: write " + file);
    }
  }
  if (mode == CgroupMode::kAuto && !is_marked_as_delegated(found.directory.get(), found.path)) {
    return failure("the cgroup " + found.path + " is not marked as delegated");
  }
  return {};
}

}  // namespace

Result<DelegatedCgroup> find_delegated_cgroup(CgroupMode mode) {
  auto found = find_cgroup();
  if (!found) return found;
  if (auto delegated = check_delegated(*found, mode); !delegated) return delegated.error();
  return found;
}

}  // namespace executor
