#include "features/pane_bins.hpp"

#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "base/rng.hpp"
#include "features/value_bin.hpp"

namespace wayside::features {
namespace {

using Content = std::map<std::uint32_t, std::uint32_t>;

Content content(const PaneBins& bins, std::int64_t pane) {
  Content found;
  bins.each(pane, [&](std::uint32_t bin, std::uint32_t n) {
    EXPECT_TRUE(found.emplace(bin, n).second) << "each bin once";
  });
  return found;
}

void fill(PaneBins& bins, std::int64_t pane, const std::vector<double>& values) {
  bins.open(pane);
  bins.add(values);
  bins.close();
}

PaneBinsShape small() {
  PaneBinsShape shape = PaneBinsShape::of(seconds(1), 4, 2);
  shape.bins_max = 10;
  return shape;
}

TEST(PaneBins, CountsWhatIsInAPane) {
  PaneBins bins(small());
  fill(bins, 7, {1, 1, -3, 0, 1});
  EXPECT_EQ(content(bins, 7),
            (Content{{ValueBin::of(1), 3}, {ValueBin::of(-3), 1}, {ValueBin::zero, 1}}));
  EXPECT_TRUE(content(bins, 8).empty());
  bins.forget(7);
  EXPECT_TRUE(content(bins, 7).empty());
}

TEST(PaneBins, ANewPaneTakesThePlaceOfTheOneInItsWay) {
  PaneBins bins(small());
  const std::int64_t ring = small().ring;
  for (std::int64_t pane = -ring; pane < 0; ++pane) fill(bins, pane, {1, 2});
  EXPECT_EQ(bins.in_the_way_of(0), -ring);
  fill(bins, 0, {5});
  EXPECT_TRUE(content(bins, -ring).empty());
  EXPECT_EQ(content(bins, 0).size(), 1u);
  EXPECT_EQ(content(bins, 1 - ring).size(), 2u);
}

TEST(PaneBins, AreAFunctionOfTheSamplesInAnyOrder) {
  Rng rng(9);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(1 + rng.below(60));
    for (double& value : values) value = rng.normal() * (rng.below(2) == 0 ? 1 : 1e6);
    PaneBins once(small());
    fill(once, 3, values);
    // In another order, opened and closed between, other panes beside it.
    PaneBins pieces(small());
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[rng.below(i)]);
    for (std::size_t i = 0; i < values.size(); ++i) {
      fill(pieces, 3, {values[i]});
      if (i % 5 == 0) fill(pieces, 4 + static_cast<std::int64_t>(rng.below(3)), {values[i]});
    }
    ASSERT_EQ(content(once, 3), content(pieces, 3));
    ASSERT_LE(content(once, 3).size(), 10u);
    std::uint32_t total = 0;
    for (const auto& [bin, n] : content(once, 3)) total += n;
    ASSERT_EQ(total, values.size());
  }
}

TEST(PaneBins, TooManyBinsAreJoinedAndCounted) {
  PaneBins bins(small());
  std::vector<double> values;
  for (int i = 0; i < 10; ++i) values.push_back(64 + i);  // neighbours
  fill(bins, 1, values);
  EXPECT_EQ(bins.coarsened(), 0u);
  values.push_back(64 + 10);
  fill(bins, 2, values);
  EXPECT_EQ(bins.coarsened(), 1u);
  EXPECT_EQ(content(bins, 2).size(), 6u);
}

TEST(PaneBins, RoomForTheWorstCaseOfEveryPane) {
  Rng rng(10);
  PaneBins bins(small());
  for (std::int64_t pane = 0; pane < 100; ++pane) {
    std::vector<double> values(50);
    for (double& value : values) value = rng.normal();
    fill(bins, pane, values);
  }
  EXPECT_EQ(PaneBinsShape::of(seconds(1), 60, 7).bins_max, 2048u);
  EXPECT_EQ(PaneBinsShape::of(seconds(1), 600, 7).bins_max, 873u);
  EXPECT_EQ(PaneBinsShape::of(seconds(1), 100'000, 7).bins_max, 64u);
}

}  // namespace
}  // namespace wayside::features
