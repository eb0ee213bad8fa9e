#include "features/reorder_buffer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <algorithm>

#include "base/rng.hpp"

namespace wayside::features {
namespace {

RC_GTEST_PROP(ReorderBuffer, IsAStableSortUnderInsertsAndDrops, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::size_t samples_max = 4 + rng.below(40);
  ReorderBuffer buffer(samples_max);
  std::vector<std::pair<std::int64_t, double>> plain;
  for (int i = 0; i < 500; ++i) {
    if (buffer.full() || rng.below(10) == 0) {
      const std::size_t n = rng.below(buffer.size() + 1);
      buffer.drop(n);
      plain.erase(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(n));
    }
    if (buffer.full()) continue;
    const auto time = static_cast<std::int64_t>(rng.below(30)) + i / 10;
    buffer.insert({time}, i, 1);
    plain.emplace_back(time, i);
    std::stable_sort(plain.begin(), plain.end(),
                     [](const auto& x, const auto& y) { return x.first < y.first; });
    RC_ASSERT(buffer.size() == plain.size());
    for (std::size_t k = 0; k < plain.size(); ++k) {
      RC_ASSERT(buffer.times()[k].ns == plain[k].first);
      RC_ASSERT(buffer.values()[k] == plain[k].second);
    }
    const auto until = static_cast<std::int64_t>(rng.below(80));
    RC_ASSERT(buffer.count_until({until}) ==
              static_cast<std::size_t>(std::count_if(
                  plain.begin(), plain.end(), [&](const auto& p) { return p.first <= until; })));
  }
}

}  // namespace
}  // namespace wayside::features
