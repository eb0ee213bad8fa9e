#include "telemetry/seq_ranges.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>

namespace wayside::telemetry {
namespace {

TEST(SeqRanges, TheWatermarkTakesUpWhatBecomesWhole) {
  std::uint64_t watermark = 3;
  SeqRanges ranges;
  cover(watermark, ranges, 10, 12);
  cover(watermark, ranges, 6, 7);
  EXPECT_EQ(ranges, (SeqRanges{{6, 7}, {10, 12}}));
  EXPECT_EQ(uncovered(watermark, ranges, 1, 20), (SeqRanges{{4, 5}, {8, 9}, {13, 20}}));
  cover(watermark, ranges, 4, 5);
  EXPECT_EQ(watermark, 7u);
  cover(watermark, ranges, 8, 11);
  EXPECT_EQ(watermark, 12u);
  EXPECT_TRUE(ranges.empty());
}

TEST(SeqRanges, KnowsWhatIsNotWellFormed) {
  EXPECT_TRUE(well_formed(3, {{5, 5}, {7, 9}}));
  EXPECT_FALSE(well_formed(3, {{4, 5}})) << "part of the watermark";
  EXPECT_FALSE(well_formed(3, {{6, 5}}));
  EXPECT_FALSE(well_formed(3, {{5, 6}, {7, 9}})) << "they touch";
  EXPECT_FALSE(well_formed(3, {{8, 9}, {5, 6}}));
  EXPECT_FALSE(well_formed(0, SeqRanges(seq_ranges_max + 1)));
}

// Against a plain set of numbers.
RC_GTEST_PROP(SeqRangesProperty, SayWhatASetOfNumbersSays, ()) {
  std::uint64_t watermark = 0;
  SeqRanges ranges;
  std::set<std::uint64_t> plain;
  for (int i = *rc::gen::inRange(1, 12); i > 0; --i) {
    const auto first = *rc::gen::inRange<std::uint64_t>(1, 40);
    const auto last = first + *rc::gen::inRange<std::uint64_t>(0, 6);
    std::set<std::uint64_t> missing;
    for (auto n = first; n <= last; ++n)
      if (!plain.contains(n)) missing.insert(n);
    std::set<std::uint64_t> said;
    for (const SeqRange& part : uncovered(watermark, ranges, first, last))
      for (auto n = part.first; n <= part.last; ++n) said.insert(n);
    RC_ASSERT(said == missing);
    for (auto n = first; n <= last; ++n) plain.insert(n);
    cover(watermark, ranges, first, last);
    RC_ASSERT(watermark + count(ranges) == plain.size());
    for (std::uint64_t n = 1; n < 50; ++n)
      RC_ASSERT((n <= watermark || contains(ranges, n)) == plain.contains(n));
    if (ranges.size() <= seq_ranges_max) RC_ASSERT(well_formed(watermark, ranges));
  }
}

}  // namespace
}  // namespace wayside::telemetry
