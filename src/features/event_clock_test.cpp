#include "features/event_clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <algorithm>

#include "base/rng.hpp"

namespace wayside::features {
namespace {

RC_GTEST_PROP(EventClock, ReachesWhatTheDefinitionSays, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::size_t signals = rng.below(5);
  const auto lateness = static_cast<std::int64_t>(rng.below(10));
  const auto idle = static_cast<std::int64_t>(rng.below(30));
  EventClock clock(signals, {lateness}, {idle});
  std::vector<std::optional<std::int64_t>> seen(signals);
  std::optional<std::int64_t> newest, earliest;
  std::int64_t now = 0;
  for (int i = 0; i < 200; ++i) {
    now += static_cast<std::int64_t>(rng.below(12)) - 4;
    const std::size_t signal = rng.below(signals + 1);
    newest = std::max(newest.value_or(now), now);
    earliest = std::min(earliest.value_or(now), now);
    if (signal < signals) {
      seen[signal] = std::max(seen[signal].value_or(now), now);
      clock.observe(signal, {now});
    } else {
      clock.observe(std::nullopt, {now});
    }
    std::optional<std::int64_t> lowest;
    for (const auto& s : seen)
      if (*newest - s.value_or(*earliest) <= idle)
        lowest = std::min(lowest.value_or(INT64_MAX), s.value_or(*earliest));
    const std::int64_t watermark = lowest.value_or(*newest) - lateness;
    RC_ASSERT(clock.watermark() == Time{watermark});
    RC_ASSERT(clock.reached({watermark}));
    RC_ASSERT(!clock.reached({watermark + 1}));
    RC_ASSERT(clock.reached({watermark - static_cast<std::int64_t>(rng.below(20))}));
  }
}

TEST(EventClock, KnowsNothingBeforeTheFirstSample) {
  EventClock clock(1, {}, {});
  EXPECT_FALSE(clock.reached(Time{} - days(100'000)));
  EXPECT_EQ(clock.watermark(), std::nullopt);
  EXPECT_EQ(clock.newest(), std::nullopt);
}

TEST(EventClock, SignalNeverSeenStandsAtTheEarliestSampleUntilTheStartIsFixed) {
  EventClock clock(1, {}, seconds(5));
  clock.observe(std::nullopt, Time{} + seconds(10));
  clock.observe(std::nullopt, Time{} + seconds(8));
  clock.fix_start();
  clock.observe(std::nullopt, Time{} + seconds(2));
  EXPECT_EQ(clock.watermark(), Time{} + seconds(8));
}

}  // namespace
}  // namespace wayside::features
