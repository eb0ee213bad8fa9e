#include "base/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wayside {
namespace {

TEST(ParseTime, ReadsEveryDocumentedForm) {
  const Time noon{1'772'366'400'000'000'000};
  for (const char* text :
       {"2026-03-01T12:00:00Z", "2026-03-01 12:00:00", "2026-03-01T13:00:00+01:00",
        "2026-03-01T08:30:00-03:30", "2026-03-01t12:00:00.000z", "1772366400", "1772366400000",
        "1772366400000000", "1772366400000000000"})
    EXPECT_EQ(parse_time(text).value_or(Time{}).ns, noon.ns) << text;
  EXPECT_EQ(parse_time("2026-03-01T12:00:00.5Z")->ns, noon.ns + 500'000'000);
  EXPECT_EQ(parse_time("1772366400.25")->ns, noon.ns + 250'000'000);
  EXPECT_EQ(parse_time("2026-03-01")->ns, noon.ns - hours(12).ns);
  EXPECT_EQ(parse_time("0", EpochUnit::ms)->ns, 0);
}

TEST(ParseTime, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "noon", "2026-13-01", "2026-02-30", "2026-03-01T25:00:00Z", "2026-03-01T12:00:00+99:00",
        "2026-03-01T12:00:00Zx", "9999-01-01", "1e400", "nan", "2026-03-01T12:00:00."})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(FormatTime, ShowsOnlyTheDecimalsThatAreThere) {
  EXPECT_EQ(format_time(Time{0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_time(Time{-1}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(format_time(Time{1'500'000'000}), "1970-01-01T00:00:01.5Z");
}

RC_GTEST_PROP(TimeText, ReadsBackWhatItWrote, ()) {
  const Time t{
      *rc::gen::inRange<std::int64_t>(-9'000'000'000'000'000'000, 9'000'000'000'000'000'000)};
  RC_ASSERT(parse_time(format_time(t)).value().ns == t.ns);
}

RC_GTEST_PROP(DurationText, ReadsBackWhatItWroteInWholeUnits, ()) {
  const Duration d = milliseconds(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000));
  RC_ASSERT(parse_duration(format_duration(d)).value() == d);
}

TEST(ParseDuration, KnowsItsUnits) {
  EXPECT_EQ(*parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(*parse_duration("1.5s"), milliseconds(1500));
  EXPECT_EQ(*parse_duration("10 min"), minutes(10));
  EXPECT_EQ(*parse_duration("7d"), days(7));
  EXPECT_EQ(*parse_duration("1h30min"), minutes(90));
  EXPECT_EQ(*parse_duration("1d2h3min4.5s"), hours(26) + minutes(3) + milliseconds(4500));
  for (const char* text : {"", "5", "5 fortnights", "-1s", "s", "1e99d", "nans", "nan s", "infns",
                           "1h30", "30min1h", "1h1h", "1h 30min", "1h-30min"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(FloorTo, RoundsDownBefore1970Too) {
  EXPECT_EQ(floor_to(Time{-1}, seconds(1)).ns, -1'000'000'000);
  EXPECT_EQ(floor_to(Time{0}, seconds(1)).ns, 0);
  EXPECT_EQ(floor_to(Time{999'999'999}, seconds(1)).ns, 0);
}

}  // namespace
}  // namespace wayside
