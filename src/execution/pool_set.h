// The pools that serve now: one for each zygote of each preload set, each of them attested.
// Replaces them while the service runs: when the configuration changes, when a zygote has become
// old, and when one behaves in a way that has no explanation. Always in this order: the new pool is
// attested, it takes over, the old one ends after its last lease. So there is no moment without
// workers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "execution/options.h"
#include "execution/pool.h"

namespace executor {

// Pools that belong together; never changed once it serves. Holding it keeps its pools alive. In a
// service that starts, the pools of some sets may not be attested yet (Pool::starting()).
struct Generation {
  struct Member {
    std::size_t set = 0;  // its index in options.sets
    std::shared_ptr<Pool> pool;
    Clock::time_point since{};  // when it was made
  };
  ServiceOptions options;       // with the settled tier in setup.tier
  std::vector<Member> members;  // in the order of options.sets, as many for each

  // Those of one set.
  [[nodiscard]] std::span<const Member> members_of(std::size_t set) const {
    const std::size_t each = members.size() / options.sets.size();
    return std::span(members).subspan(set * each, each);
  }
};

class PoolSet {
 public:
  using Report = Pool::Report;

  // `cgroups`, null for none, outlives the object.
  PoolSet(Report report, CgroupSubtree* cgroups);
  // No generation or pool of it may be held any longer.
  ~PoolSet();
  PoolSet(const PoolSet&) = delete;
  PoolSet& operator=(const PoolSet&) = delete;

  // Starts a pool for every set of `options`, waits until each has attested its sandbox, and lets
  // them take over. The tier is the highest that attests, never lower than that of the pools that
  // serve; each tier that was skipped is reported with the reason.
  // Where nothing serves yet, and the options allow it, they serve once the first set is attested;
  // should another fail then, the next tier takes over from these, or apply() fails.
  // `attested` is called whenever a set has been attested and may run jobs, by several threads.
  // On failure, also without threads, descriptors or memory for it, nothing else changes.
  using Attested = std::function<void()>;
  Result<void> apply(
      const ServiceOptions& options, const Attested& attested = [] {});

  // What serves; null before the first apply().
  [[nodiscard]] std::shared_ptr<const Generation> current() const;

  // Call when something is wrong with this pool that its own supervision does not see: replaces it.
  void mark_suspect(const Pool& pool);

 private:
  // Pools that are being attested, one thread for each.
  struct Start {
    std::shared_ptr<Generation> generation;
    bool serves_early = false;  // once the first of them is attested
    Deadline deadline;          // for all of them
    const Attested& attested;
    std::atomic<bool> failed = false;
    std::atomic<bool> serves = false;
    std::once_flag taken_over{};
  };
  Result<void> start(const ServiceOptions& options, Tier tier, const Attested& attested);
  Result<void> await(Pool& pool, std::atomic<bool>& reports, Start& start);
  void begin_to_serve(Start& start);
  std::shared_ptr<Pool> make_pool(const ServiceOptions& options, const PreloadSet& set,
                                  const Report& report);
  void take_over(std::shared_ptr<const Generation> next);
  void report_identity(const Generation& generation);
  void report_lack_of_landlock(Tier tier);
  void dispose(std::unique_ptr<Pool> pool);
  void maintenance_loop();
  [[nodiscard]] Clock::time_point due(const Generation::Member& member) const;
  [[nodiscard]] Clock::time_point next_due() const;
  void recycle(const std::shared_ptr<const Generation>& from, std::size_t index);
  Result<void> replace(const std::shared_ptr<const Generation>& from, std::size_t index);

  const Report report_;
  CgroupSubtree* const cgroups_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const Generation> current_;
  std::vector<std::unique_ptr<Pool>> retired_;  // no longer held by any generation or lease
  std::set<const Pool*> suspects_;
  std::string reported_identity_;  // last reported reason why runs have the service's user id
  Clock::time_point not_before_;   // the next attempt to recycle, after one that failed
  bool stopping_ = false;
  std::thread thread_;  // ends retired pools, and recycles
};

}  // namespace executor
