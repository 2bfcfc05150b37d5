// The range of user ids, cut into slices: one for each zygote, free again only when nothing is left
// that belongs to one of its ids.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "launcher/options.h"
#include "wire/control.h"

namespace executor {

class Slices {
 public:
  explicit Slices(const LauncherOptions& options);

  // Makes the directory of the workers' files, or takes over an earlier one: root's, empty.
  Result<void> prepare() const;
  std::optional<UidRange> take();
  void give_back(UidRange slice) { free_.push_back(slice); }
  // In a child of its own, which reaps what it kills: ends and removes everything of the slice, and
  // exits with status 0 when nothing is left.
  [[noreturn]] void clear(UidRange slice) const;

 private:
  std::string directory_;
  std::vector<UidRange> free_;
};

}  // namespace executor
