#include "execution/pending_spawns.h"

namespace executor {

Result<void> PendingSpawns::request(const Jail& jail, std::uint32_t count) {
  if (cgroups_ == nullptr) {
    auto asked = jail.spawn(count);
    if (asked) waiting_.resize(waiting_.size() + count);
    return asked;
  }
  for (; count > 0; --count) {
    auto cgroup = cgroups_->take();
    if (!cgroup) return cgroup.error();
    if (auto asked = jail.spawn_into(cgroup->directory()); !asked) return asked;
    waiting_.push_back(std::move(*cgroup));
  }
  return {};
}

Result<Cgroup> PendingSpawns::complete_oldest() {
  if (waiting_.empty()) return failure("the zygote announces a worker that was not asked for");
  Cgroup cgroup = std::move(waiting_.front());
  waiting_.pop_front();
  return cgroup;
}

}  // namespace executor
