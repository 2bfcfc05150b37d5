#include "jail/identity.h"

#include <sys/stat.h>

#include "base/process_stat.h"
#include "jail/subordinate_ids.h"

namespace executor {
namespace {

Result<IdSlice> take_slice(std::uint32_t count, const Setup& setup) {
  if (auto open = check_open_to_all(setup.expose); !open) return open.error();
  const auto all = usable_ids(survey_identity(), count);
  if (!all) return all.error();
  return IdSlice::take(*all, count);
}

}  // namespace

Result<void> check_open_to_all(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) continue;  // the zygote reports it
    const mode_t wanted = S_ISDIR(status.st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
    if ((status.st_mode & wanted) == wanted) continue;
    return failure("only its owner may read the exposed path " + path);
  }
  return {};
}

Result<Identity> Identity::prepare(RunIdentity wanted, std::uint32_t count, const Setup& setup) {
  Identity identity(wanted);
  if (traits_of(setup.tier).launcher || wanted == RunIdentity::kShared) return identity;
  auto slice = take_slice(count, setup);
  if (slice) {
    identity.slice_ = std::move(*slice);
  } else if (auto done = identity.do_without(slice.error()); !done) {
    return done.error();
  }
  return identity;
}

Result<GivenIds> Identity::give(int zygote) {
  if (!slice_) return GivenIds();
  const auto mapped = slice_->map_into(process_of(zygote));
  if (mapped) return GivenIds{slice_->ids().uids.count};
  slice_.reset();
  if (auto done = do_without(mapped.error()); !done) return done.error();
  return GivenIds();
}

Result<void> Identity::do_without(const Failure& why) {
  if (wanted_ == RunIdentity::kOwn) {
    return Failure("give each run a user id of its own: " + why.step, why.error);
  }
  why_shared_ = why.text();
  return {};
}

}  // namespace executor
