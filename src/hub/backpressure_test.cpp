#include "hub/backpressure.hpp"

#include <gtest/gtest.h>

namespace wayside::hub {
namespace {

using telemetry::Tier;

constexpr std::size_t queue = 64u << 20;

TEST(Backpressure, SharesTheRoomAmongThoseWhoSend) {
  Backpressure pressure(queue);
  EXPECT_EQ(pressure.window(0, seconds(1)), Backpressure::stream_max);
  for (int i = 0; i < 100; ++i)
    pressure.took("n" + std::to_string(i), Tier::diagnostic, seconds(1));
  EXPECT_EQ(pressure.window(0, seconds(1)), queue / 200);
  EXPECT_EQ(pressure.window(queue / 2, seconds(1)), queue / 400);
  EXPECT_EQ(pressure.window(queue, seconds(1)), Backpressure::stream_min);
  pressure.took("n1", Tier::diagnostic, seconds(10));
  pressure.took("n1", Tier::bulk, seconds(10));
  EXPECT_EQ(pressure.window(queue - (2u << 20), seconds(12)), (1u << 20) / 2)
      << "the others have fallen silent";
}

TEST(Backpressure, IsLessWhileCommitsAreSlow) {
  Backpressure pressure(queue);
  for (int i = 0; i < 10; ++i) pressure.took("n" + std::to_string(i), Tier::bulk, seconds(1));
  for (int i = 0; i < 20; ++i) pressure.committed(1u << 20, seconds(5));
  EXPECT_EQ(pressure.window(0, seconds(1)), Backpressure::total_min / 10);
  for (int i = 0; i < 100; ++i) pressure.committed(1u << 20, milliseconds(20));
  EXPECT_EQ(pressure.window(0, seconds(1)), queue / 2 / 10);
}

}  // namespace
}  // namespace wayside::hub
