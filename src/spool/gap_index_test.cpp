#include "spool/gap_index.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <map>

namespace wayside::spool {
namespace {

using telemetry::Gap;

Gap gap(std::uint64_t records, const char* reason = "expired", std::uint64_t samples = 0) {
  return {records, samples, reason, Time{1}, Time{2}};
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges(const GapIndex::Changes& changes) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
  for (const auto& [first, g] : changes.present) out.emplace_back(first, g.records);
  return out;
}

using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

TEST(GapIndex, NeighboursWithOneReasonAreOne) {
  GapIndex index;
  EXPECT_EQ(index.cover(1, gap(2, "expired", 20)), 2u);
  EXPECT_EQ(index.cover(5, gap(2, "expired", 5)), 2u);
  EXPECT_EQ(index.cover(3, gap(2, "expired", 7)), 2u);
  EXPECT_EQ(index.size(), 1u);
  EXPECT_EQ(index.covered(), 6u);
  const auto changes = index.take_changes();
  EXPECT_EQ(ranges(changes), (Ranges{{1, 6}}));
  EXPECT_EQ(changes.present[0].second.samples, 32u);
  EXPECT_TRUE(index.take_changes().present.empty());
}

TEST(GapIndex, OtherReasonsStayApartUntilThereAreTooMany) {
  GapIndex index;
  index.cover(1, gap(1, "expired"));
  index.cover(2, gap(1, "corrupt"));
  EXPECT_EQ(index.size(), 2u);
  EXPECT_EQ(index.skip(1), 3u);
  for (std::uint64_t i = 3; i <= 2 * GapIndex::gaps_max; ++i)
    index.cover(i, gap(1, i % 2 != 0 ? "a" : "b"));
  EXPECT_EQ(index.size(), GapIndex::gaps_max);
  EXPECT_EQ(index.covered(), 2 * GapIndex::gaps_max);
  EXPECT_EQ(index.take_changes().present.back().second.reason, GapIndex::several);
}

TEST(GapIndex, NewestAreThoseOfTheHighestNumbers) {
  GapIndex index;
  for (std::uint64_t i = 1; i < 30; i += 3) index.cover(i, gap(2, "expired", i));
  const auto newest = index.newest(2);
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].first, 28u);
  EXPECT_EQ(newest[1].first, 25u);
  EXPECT_EQ(newest[1].second.samples, 25u);
  EXPECT_EQ(index.newest(100).size(), index.size());
}

TEST(GapIndex, CoveringTwiceCountsOnce) {
  GapIndex index;
  index.load(5, gap(3));
  EXPECT_EQ(index.cover(3, gap(10, "corrupt")), 7u);
  EXPECT_EQ(index.covered(), 10u);
  EXPECT_EQ(index.skip(3), 13u);
  // The one that was there is written again too.
  EXPECT_EQ(ranges(index.take_changes()), (Ranges{{3, 2}, {5, 3}, {8, 5}}));
}

TEST(GapIndex, TrimCutsInProportion) {
  GapIndex index;
  index.load(10, gap(10, "expired", 100));
  index.trim(13);
  EXPECT_EQ(index.covered(), 6u);
  const auto changes = index.take_changes();
  EXPECT_EQ(ranges(changes), (Ranges{{14, 6}}));
  EXPECT_EQ(changes.present[0].second.samples, 60u);
  EXPECT_EQ(changes.removed, (std::vector<std::uint64_t>{10}));
  index.trim(30);
  EXPECT_EQ(index.covered(), 0u);
}

TEST(GapIndex, GivenBackChangesComeAgain) {
  GapIndex index;
  index.cover(1, gap(2));
  index.cover(5, gap(1, "corrupt"));
  const auto changes = index.take_changes();
  index.cover(3, gap(1));
  index.give_back(changes);
  EXPECT_EQ(ranges(index.take_changes()), (Ranges{{1, 3}, {5, 1}}));
}

// Against a plain set of numbers, and a store that takes the changes now and then.
RC_GTEST_PROP(GapIndexProperty, CoversWhatASetOfNumbersCovers, ()) {
  GapIndex index;
  std::map<std::uint64_t, int> numbers;
  std::map<std::uint64_t, std::uint64_t> store;
  std::uint64_t watermark = 0;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    if (*rc::gen::inRange(0, 4) == 0) {
      watermark += *rc::gen::inRange<std::uint64_t>(0, 8);
      index.trim(watermark);
      numbers.erase(numbers.begin(), numbers.upper_bound(watermark));
    } else {
      const auto first = watermark + 1 + *rc::gen::inRange<std::uint64_t>(0, 40);
      const auto count = *rc::gen::inRange<std::uint64_t>(1, 8);
      const auto* reason = *rc::gen::element("expired", "spool_full");
      std::uint64_t fresh = 0;
      for (std::uint64_t n = first; n < first + count; ++n) fresh += numbers.emplace(n, 0).second;
      RC_ASSERT(index.cover(first, gap(count, reason)) == fresh);
    }
    if (*rc::gen::inRange(0, 3) == 0) {
      const auto changes = index.take_changes();
      if (*rc::gen::inRange(0, 3) == 0) {
        index.give_back(changes);
      } else {
        for (const auto seq : changes.removed) store.erase(seq);
        for (const auto& [first, g] : changes.present) store[first] = g.records;
      }
    }
    RC_ASSERT(index.covered() == numbers.size());
    const auto probe = watermark + 1 + *rc::gen::inRange<std::uint64_t>(0, 50);
    RC_ASSERT(index.covered_up_to(probe) == static_cast<std::uint64_t>(std::distance(
                                                numbers.begin(), numbers.upper_bound(probe))));
    auto free = probe;
    while (numbers.count(free) > 0) ++free;
    RC_ASSERT(index.skip(probe) == free);
  }
  const auto changes = index.take_changes();
  for (const auto seq : changes.removed) store.erase(seq);
  for (const auto& [first, g] : changes.present) store[first] = g.records;
  std::uint64_t stored = 0;
  for (const auto& [first, count] : store)
    for (std::uint64_t n = first; n < first + count; ++n) stored += numbers.count(n);
  RC_ASSERT(stored == numbers.size());
  std::uint64_t total = 0;
  for (const auto& [first, count] : store) total += count;
  RC_ASSERT(total == numbers.size());
}

}  // namespace
}  // namespace wayside::spool
