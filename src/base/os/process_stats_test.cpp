#include "base/os/process_stats.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace wayside::os {
namespace {

TEST(ProcessStats, SeesWhatTheProcessTouches) {
  const ProcessStats before = process_stats();
  EXPECT_GT(before.rss_bytes, 0u);
  EXPECT_GT(before.pss_bytes, 0u);
  EXPECT_LE(before.pss_bytes, before.rss_bytes);
  const std::vector<char> memory(32u << 20, 'x');
  const ProcessStats after = process_stats();
  EXPECT_GE(after.pss_bytes, before.pss_bytes + (30u << 20)) << memory.size();
  EXPECT_GE(after.cpu, before.cpu);
}

}  // namespace
}  // namespace wayside::os
