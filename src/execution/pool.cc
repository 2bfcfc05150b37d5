#include "execution/pool.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace executor {
namespace {

Pool::Report with_name(const std::string& name, const Pool::Report& report) {
  return [name, report](const std::string& text) { report("pool " + name + ": " + text); };
}

// Without it the keeper's thread could not be woken, and its end not be waited for.
UniqueFd make_wake() {
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) throw std::system_error(errno, std::generic_category(), "make an eventfd");
  return wake;
}

}  // namespace

Pool::Pool(PoolOptions options, Attest attest, const Report& report)
    : options_(std::move(options)),
      wake_(make_wake()),
      lending_(options_, wake_.get(), with_name(options_.name, report)),
      keeper_(options_, wake_.get(), lending_, std::move(attest),
              with_name(options_.name, report)) {}

void Pool::attest(Deadline deadline) {
  if (const auto lease = acquire(deadline)) keeper_.attest_again(lease->worker());
}

SetState Pool::state() const {
  SetState state = keeper_.state();
  const Load load = lending_.load();
  state.name = options_.name;
  state.ready = load.ready;
  state.busy = load.busy;
  state.attested = load.attested;
  state.zygotes = load.attested ? 1 : 0;
  state.failed_workers = load.failed_workers;
  if (load.attested) state.tier = name_of(options_.setup.tier);
  return state;
}

}  // namespace executor
