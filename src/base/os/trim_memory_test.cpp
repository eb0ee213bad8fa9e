#include "base/os/trim_memory.hpp"

#include <gtest/gtest.h>

#include "base/os/process_stats.hpp"
#include "base/time.hpp"

namespace wayside::os {
namespace {

TEST(TrimMemory, GivesMemoryBackAndTheProgramGoesOn) {
  EXPECT_EQ(format_duration(seconds(90)), "90s");
  const ProcessStats before = process_stats();
  trim_memory();
  const ProcessStats after = process_stats();
  EXPECT_LT(after.rss_bytes, before.rss_bytes);
  EXPECT_EQ(format_duration(seconds(90)), "90s");
}

}  // namespace
}  // namespace wayside::os
