#include "front/runtime.h"

#include "base/landlock_abi.h"
#include "contract/runtime.h"
#include "wire/tier.h"

namespace executor {
namespace {

// A cold run that reads the metadata of some hundred packages takes a tenth of it.
constexpr std::chrono::duration<double> kLongestLook{10};

}  // namespace

std::string Runtime::look(const RequestLimits& limits, const std::string& version,
                          const std::vector<std::string>& starting) const {
  RunRequest request;
  request.job = runtime_job();
  request.timeout = kLongestLook;
  const Execution execution = service_.execute(request, Caller());
  if (execution.outcome.ending != Ending::kReturned) return {};
  const Tier tier = service_.tier();
  return render_runtime(
      {.version = version,
       .tier = name_of(tier),
       .landlock = tier == Tier::kUid ? std::optional(landlock_abi() > 0) : std::nullopt,
       .found = execution.outcome.result_json,
       .preloaded = service_.preloaded(),
       .starting = starting,
       .limits = limits});
}

void Runtime::forget() {
  const std::lock_guard lock(mutex_);
  seen_.reset();
}

std::string Runtime::body(const RequestLimits& limits, const std::string& version) {
  const auto current = service_.generation();
  const auto starting = service_.starting_sets();
  const auto known = [this, &current, &starting] {
    const std::lock_guard lock(mutex_);
    return seen_.lock() == current && starting_ == starting ? body_ : std::string();
  };
  if (std::string body = known(); !body.empty()) return body;
  const std::unique_lock looking(looking_, std::try_to_lock);
  if (!looking) return known();
  if (std::string body = known(); !body.empty()) return body;
  std::string body = look(limits, version, starting);
  const std::lock_guard lock(mutex_);
  seen_ = current;
  starting_ = starting;
  body_ = body;
  return body;
}

}  // namespace executor
