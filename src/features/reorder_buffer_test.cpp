#include "features/reorder_buffer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <algorithm>

#include "base/rng.hpp"

namespace wayside::features {
namespace {

/// Held against a plain sort, of samples up to `behind` out of order.
void run(Rng& rng, std::size_t samples_max, std::uint64_t behind) {
  ReorderBuffer buffer(samples_max);
  struct Plain {
    std::int64_t time;
    double value;
    std::uint32_t version;
  };
  std::vector<Plain> plain;
  const auto sorted = [&] {
    std::stable_sort(plain.begin(), plain.end(),
                     [](const Plain& x, const Plain& y) { return x.time < y.time; });
  };
  const std::uint64_t looks = 1 + rng.below(100);
  for (int i = 0; i < 1000; ++i) {
    if (buffer.full() || rng.below(looks) == 0) {
      buffer.settle();
      const std::size_t n = rng.below(buffer.size() + 1);
      buffer.drop(n);
      plain.erase(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(n));
    }
    if (buffer.full()) continue;
    const auto time = static_cast<std::int64_t>(rng.below(behind)) + i / 10;
    const auto version = static_cast<std::uint32_t>(rng.below(40) == 0);
    buffer.insert({time}, i, version);
    plain.push_back({time, static_cast<double>(i), version});
    sorted();
    RC_ASSERT(buffer.size() == plain.size());
    RC_ASSERT(buffer.oldest().ns == plain[0].time);
    if (rng.below(looks) != 0) continue;
    buffer.settle();
    for (std::size_t k = 0; k < plain.size(); ++k) {
      RC_ASSERT(buffer.times()[k].ns == plain[k].time);
      RC_ASSERT(buffer.values()[k] == plain[k].value);
      RC_ASSERT(buffer.version(k) == plain[k].version);
    }
    const auto until = static_cast<std::int64_t>(rng.below(80));
    RC_ASSERT(buffer.count_until({until}) ==
              static_cast<std::size_t>(std::count_if(
                  plain.begin(), plain.end(), [&](const Plain& p) { return p.time <= until; })));
  }
}

RC_GTEST_PROP(ReorderBuffer, IsAStableSortUnderInsertsAndDrops, (std::uint64_t seed)) {
  Rng rng(seed);
  run(rng, 4 + rng.below(40), 30);
}

RC_GTEST_PROP(ReorderBuffer, SortsWhatIsFarOutOfOrder, (std::uint64_t seed)) {
  Rng rng(seed);
  run(rng, 100 + rng.below(400), 300);
}

TEST(ReorderBuffer, AppendsRunsBehindWhatIsNotInOrderYet) {
  ReorderBuffer buffer(200);
  std::vector<Time> times;
  std::vector<double> values;
  for (int i = 0; i < 90; ++i) {
    times.push_back({100 + i});
    values.push_back(i);
  }
  buffer.append(times, values, 1);
  buffer.insert({7}, -1, 2);
  const Time last[] = {{189}, {190}};
  const double ends[] = {1, 2};
  buffer.append(last, ends, 1);
  EXPECT_EQ(buffer.oldest().ns, 7);
  buffer.settle();
  ASSERT_EQ(buffer.size(), 93u);
  EXPECT_EQ(buffer.values()[0], -1);
  EXPECT_EQ(buffer.same_version(0, 93), 1u);
  EXPECT_EQ(buffer.same_version(1, 93), 93u);
  EXPECT_EQ(buffer.values()[90], 89);
  EXPECT_EQ(buffer.values()[91], 1);
  EXPECT_EQ(buffer.times()[92].ns, 190);
}

}  // namespace
}  // namespace wayside::features
