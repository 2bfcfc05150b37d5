// What the bench makes of its samples.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace executor::bench {

// The smallest sample that at least `fraction` (above 0, at most 1) of all samples do not exceed:
// the nearest-rank percentile, always a value that was measured. Throws without samples.
inline double percentile(std::vector<double> samples, double fraction) {
  if (samples.empty()) throw std::logic_error("a percentile of no samples");
  std::sort(samples.begin(), samples.end());
  // The slack keeps a product that is whole but for rounding from being the next rank.
  const double rank = std::ceil(fraction * static_cast<double>(samples.size()) - 1e-9);
  return samples[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

// The mean of the two middle values when there is an even number of them. Throws without samples.
inline double median(std::vector<double> samples) {
  if (samples.empty()) throw std::logic_error("a median of no samples");
  std::sort(samples.begin(), samples.end());
  const std::size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

}  // namespace executor::bench
