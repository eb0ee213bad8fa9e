#include "node/sources/intake.hpp"

#include "node/sources/source_fixture.hpp"

namespace wayside::node::sources {
namespace {

struct IntakeTest : SourceTest {
  IntakeTest() { clock_ = &manual_; }

  std::vector<telemetry::Sample> hand_on(Intake::Delivery delivery, Duration ahead) {
    Intake intake(context(), "test", delivery);
    intake.add(AssetId{0}, SignalId{0}, manual_.now(), 20);
    intake.add(AssetId{0}, SignalId{0}, manual_.now() + ahead, 21);
    intake.add(AssetId{0}, SignalId{0}, manual_.now(), 22);
    EXPECT_TRUE(intake.flush({}));
    return sink_.samples();
  }

  ManualClock manual_{Time{} + days(20'000)};
};

TEST_F(IntakeTest, ALiveSampleFarAheadOfTheClockIsRejected) {
  const auto samples = hand_on(Intake::Delivery::now, Intake::ahead_max + milliseconds(1));
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[1].value, 22);
  EXPECT_EQ(rejected("time_ahead"), 1u);
  EXPECT_EQ(passed(), 2);
}

TEST_F(IntakeTest, AClockThatIsALittleAheadIsNoMatter) {
  EXPECT_EQ(hand_on(Intake::Delivery::now, Intake::ahead_max).size(), 3u);
  EXPECT_EQ(rejected(), 0u);
}

TEST_F(IntakeTest, AFileMayHoldAnyTime) {
  EXPECT_EQ(hand_on(Intake::Delivery::wait, days(10'000)).size(), 3u);
  EXPECT_EQ(rejected(), 0u);
}

}  // namespace
}  // namespace wayside::node::sources
