#include "link/day_window.hpp"

#include <gtest/gtest.h>

namespace wayside::link {
namespace {

/// An hour ahead of UTC, and two from 1970-01-02 01:00 UTC to 1970-01-03 01:00 UTC.
class Summer final : public TimeZone {
 public:
  [[nodiscard]] std::string_view name() const override { return "Summer"; }
  [[nodiscard]] Duration offset(Time moment) const override {
    const bool summer = moment >= Time{} + hours(25) && moment < Time{} + hours(49);
    return hours(summer ? 2 : 1);
  }
};

TEST(DayWindow, IsReadAndSaysWhatItExpects) {
  const auto night = parse_day_window("22:00-05:30");
  ASSERT_TRUE(night);
  EXPECT_EQ(night->from, hours(22));
  EXPECT_EQ(night->to, hours(5) + minutes(30));
  EXPECT_EQ(format_time_of_day(night->to), "05:30");
  EXPECT_EQ(parse_day_window("00:00-24:00")->to, days(1));
  for (const char* text : {"", "22:00", "22:00-", "24:00-05:00", "22:60-05:00", "05:00-05:00",
                           "25:00-05:00", "2:00-05:00", "22:00-24:01", "22:00 - 05:00"}) {
    const auto window = parse_day_window(text);
    ASSERT_FALSE(window) << text;
    EXPECT_NE(window.error().message.find("such as 22:00-05:00"), std::string::npos);
  }
}

TEST(DayWindow, GoesOverMidnight) {
  const DayWindow night = *parse_day_window("22:00-05:00");
  EXPECT_TRUE(night.contains(hours(22)));
  EXPECT_TRUE(night.contains(hours(23)));
  EXPECT_TRUE(night.contains(Duration{0}));
  EXPECT_TRUE(night.contains(hours(5) - nanoseconds(1)));
  EXPECT_FALSE(night.contains(hours(5)));
  EXPECT_FALSE(night.contains(hours(22) - nanoseconds(1)));
  const DayWindow noon = *parse_day_window("11:00-13:00");
  EXPECT_TRUE(noon.contains(hours(12)));
  EXPECT_FALSE(noon.contains(hours(13)));
}

/// 02:00 to 03:00 is left out on the second day and comes twice on the third.
TEST(DayWindow, FollowsTheLocalClock) {
  const Summer zone;
  const DayWindow hour = *parse_day_window("02:00-03:00");
  Duration open[4] = {};
  for (std::int64_t minute = 0; minute < 4 * 24 * 60; ++minute) {
    const LocalTime local = local_time(Time{} + minutes(minute), zone);
    ASSERT_GE(local.day, 0);
    if (local.day < 4 && hour.contains(local.time_of_day))
      open[local.day] = open[local.day] + minutes(1);
  }
  EXPECT_EQ(open[0], hours(1));
  EXPECT_EQ(open[1], hours(0));
  EXPECT_EQ(open[2], hours(2));
  EXPECT_EQ(open[3], hours(1));
  EXPECT_EQ(local_time(Time{} - hours(2), zone).day, -1);
}

}  // namespace
}  // namespace wayside::link
