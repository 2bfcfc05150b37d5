#include "base/near_name.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace executor {
namespace {

// The number of insertions, deletions and replacements that make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string_view near_name(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t kShort = 4;
  constexpr std::size_t kMaxLength = 100;  // nothing that is longer is a name
  std::string_view best;
  std::size_t least = 3;
  if (name.size() > kMaxLength) return best;
  for (const std::string_view candidate : known) {
    const std::size_t allowed = candidate.size() <= kShort ? 1 : 2;
    const std::size_t far = distance(name, candidate);
    if (far <= allowed && far < least) {
      best = candidate;
      least = far;
    }
  }
  return best;
}

}  // namespace executor
