#include "base/tz/load_time_zone.hpp"

#include <gtest/gtest.h>

namespace wayside {
namespace {

TEST(LoadTimeZone, KnowsSummerTime) {
  const auto zone = load_time_zone("Europe/Berlin");
  ASSERT_TRUE(zone) << zone.error().message;
  EXPECT_EQ((*zone)->name(), "Europe/Berlin");
  EXPECT_EQ((*zone)->offset(*parse_time("2026-01-15T12:00:00Z")), hours(1));
  EXPECT_EQ((*zone)->offset(*parse_time("2026-03-29T00:59:59.9Z")), hours(1));
  EXPECT_EQ((*zone)->offset(*parse_time("2026-03-29T01:00:00Z")), hours(2));
  EXPECT_EQ((*zone)->offset(*parse_time("2026-10-25T01:00:00Z")), hours(1));
  EXPECT_EQ((*load_time_zone("Asia/Kathmandu"))->offset(Time{}), hours(5) + minutes(30));
}

TEST(LoadTimeZone, SaysWhatItDoesNotKnow) {
  const auto zone = load_time_zone("Europe/Atlantis");
  ASSERT_FALSE(zone);
  EXPECT_EQ(zone.error().code, Errc::not_found);
  EXPECT_NE(zone.error().message.find("'Europe/Atlantis'"), std::string::npos);
  EXPECT_TRUE(load_time_zone(""));
}

}  // namespace
}  // namespace wayside
