#include "features/pane_tree.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <cstring>
#include <map>

#include "base/rng.hpp"

namespace wayside::features {
namespace {

constexpr Components kept = component::sum | component::mean | component::m2 | component::last;
using Node = std::array<double, Layout::stride_max>;

Node query(const PaneTree& tree, std::int64_t begin, std::int64_t end) {
  Node node{};
  tree.query(begin, end, kept, node.data());
  return node;
}

TEST(PaneTree, PanesAreOpenOnTheLeft) {
  const TreeShape shape = TreeShape::of(seconds(10), 4, 1, kept);
  EXPECT_EQ(shape.pane_of(Time{0}), -1);
  EXPECT_EQ(shape.pane_of(Time{1}), 0);
  EXPECT_EQ(shape.pane_of(Time{} + seconds(10)), 0);
  EXPECT_EQ(shape.pane_of(Time{} + seconds(10) + nanoseconds(1)), 1);
  EXPECT_EQ(shape.pane_of(Time{} - seconds(10)), -2);
  EXPECT_EQ(shape.start_of(-2), Time{} - seconds(20));
}

/// Feeds random panes from `start` on; `at` is called at every tick, here one pane apart, but for
/// jumps.
template <class AtTick>
void feed(PaneTree& tree, const std::map<std::int64_t, std::vector<double>>& panes,
          std::int64_t start, std::int64_t end, AtTick at) {
  auto next = panes.lower_bound(start);
  for (std::int64_t tick = start + 1; tick <= end; ++tick) {
    for (; next != panes.end() && next->first < tick; ++next)
      for (std::size_t i = 0; i < next->second.size(); ++i) {
        const Time time =
            Time{} + seconds(next->first) + milliseconds(1 + 100 * static_cast<int>(i));
        tree.add({&time, 1}, {&next->second[i], 1});
      }
    tree.advance(tick, Time::min());
    at(tick);
  }
}

RC_GTEST_PROP(PaneTree, AWindowHasTheSameBitsWheneverTheTreeStarted, (std::uint64_t seed)) {
  Rng rng(seed);
  const auto keep = 1 + static_cast<std::int64_t>(rng.below(70));
  const TreeShape shape = TreeShape::of(seconds(1), keep, 3, kept);
  const TreeShape wide = TreeShape::of(seconds(1), 2 * keep + 5, 9, kept);
  std::map<std::int64_t, std::vector<double>> panes;
  const std::int64_t first = static_cast<std::int64_t>(rng.below(1000)) - 500;
  std::int64_t pane = first;
  for (int i = 0; i < 150; ++i) {
    pane += rng.below(15) == 0 ? static_cast<std::int64_t>(rng.below(200)) : 1;
    for (std::size_t n = rng.below(4); n > 0; --n) panes[pane].push_back(rng.normal());
  }
  const auto width = 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(keep)));
  std::map<std::int64_t, Node> windows;
  PaneTree early(wide);
  feed(early, panes, first, pane + 5,
       [&](std::int64_t tick) { windows[tick] = query(early, tick - width, tick); });
  PaneTree late(shape);
  const std::int64_t start = first + static_cast<std::int64_t>(rng.below(100));
  feed(late, panes, start, pane + 5, [&](std::int64_t tick) {
    if (tick - width < start) return;
    const Node node = query(late, tick - width, tick);
    const std::size_t size = node[0] == 0 ? 1 : shape.layout.stride;
    RC_ASSERT(std::memcmp(node.data(), windows[tick].data(), size * sizeof(double)) == 0);
    double count = 0;
    for (auto it = panes.lower_bound(tick - width); it != panes.end() && it->first < tick; ++it)
      count += static_cast<double>(it->second.size());
    RC_ASSERT(node[0] == count);
    RC_ASSERT(!late.quiet(tick) || count == 0);
  });
}

TEST(PaneTree, IsQuietOnceNothingIsWithinReach) {
  const TreeShape shape = TreeShape::of(seconds(1), 4, 3, kept);
  PaneTree tree(shape);
  EXPECT_TRUE(tree.quiet(10));
  const Time time = Time{} + milliseconds(10'500);
  const double value = 1;
  tree.add({&time, 1}, {&value, 1});
  EXPECT_FALSE(tree.quiet(10));  // ahead
  tree.advance(11, Time::min());
  for (std::int64_t end = 11; end <= 14; ++end) {
    tree.advance(end, Time::min());
    EXPECT_FALSE(tree.quiet(end));
    EXPECT_EQ(query(tree, end - 4, end)[0], 1);
  }
  tree.advance(15, Time::min());
  EXPECT_TRUE(tree.quiet(15));
  EXPECT_EQ(query(tree, 11, 15)[0], 0);
}

}  // namespace
}  // namespace wayside::features
