#include "link/drain_pace.hpp"

#include <gtest/gtest.h>

namespace wayside::link {
namespace {

/// A link of `rate` bytes a second with a window always full: the mean delay once it has settled.
Duration settled_delay(double rate, Duration path) {
  DrainPace pace;
  Duration now{0};
  Duration delay{0};
  for (int i = 0; i < 2'000; ++i) {
    const double queue_s = static_cast<double>(pace.window()) / rate;
    delay = path + Duration{static_cast<std::int64_t>(queue_s * 1e9)};
    const std::size_t frame = 16u << 10;
    now = now + Duration{static_cast<std::int64_t>(static_cast<double>(frame) / rate * 1e9)};
    pace.acknowledged(delay, frame, now);
  }
  return delay;
}

TEST(DrainPace, OpensWhereThereIsRoom) {
  DrainPace pace;
  for (int i = 0; i < 1'000; ++i) pace.acknowledged(milliseconds(20), 64u << 10, milliseconds(i));
  EXPECT_EQ(pace.window(), DrainPace::window_max);
}

/// What cannot wait stands behind about half a second of what can, on a thin link as on a far one.
TEST(DrainPace, LeavesLittleInTheWay) {
  EXPECT_LT(settled_delay(125'000, milliseconds(50)), milliseconds(1'300));
  EXPECT_LT(settled_delay(1'000'000, milliseconds(600)), milliseconds(1'800));
  EXPECT_GT(settled_delay(1'000'000, milliseconds(600)), milliseconds(700));
}

TEST(DrainPace, BeginsAnew) {
  DrainPace pace;
  pace.acknowledged(milliseconds(20), 1u << 20, milliseconds(1));
  pace.lost();
  EXPECT_EQ(pace.window(), DrainPace::window_min);
  pace.reset();
  EXPECT_EQ(pace.window(), DrainPace::window_start);
}

}  // namespace
}  // namespace wayside::link
