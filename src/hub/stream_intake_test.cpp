#include "hub/stream_intake.hpp"

#include <gtest/gtest.h>

namespace wayside::hub {
namespace {

TEST(StreamIntake, AnswersAFrameThatSaysLessNowAndThen) {
  StreamIntake stream;
  const Time start = Time{} + days(20'000);
  EXPECT_TRUE(stream.answer_stale(start));
  EXPECT_FALSE(stream.answer_stale(start + seconds(1)));
  EXPECT_TRUE(stream.answer_stale(start + StreamIntake::stale_pause));
  // A wall clock that goes back keeps nobody waiting.
  EXPECT_TRUE(stream.answer_stale(start - days(1)));
}

}  // namespace
}  // namespace wayside::hub
