// When the configuration lets a tier go, and what is said while it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/uplink_fixture.hpp"

namespace wayside::link {
namespace {

/// 2026-03-01, so many hours after midnight UTC.
Time at(std::int64_t hour) {
  return Time{1'772'323'200'000'000'000} + hours(hour);
}

class FakeProbe final : public LinkProbe {
 public:
  [[nodiscard]] LinkKind kind() override { return now; }
  LinkKind now = LinkKind::cellular;
};

class UplinkGate : public testing::Test {
 protected:
  TierPolicy& policy(Tier tier) {
    return world_.options.gate.tiers[static_cast<std::size_t>(tier)];
  }
  const UplinkStatus::Tier& shown(Tier tier) {
    status_ = world_.uplink->status();
    return status_.tiers[static_cast<std::size_t>(tier)];
  }
  std::size_t at_hub(Tier tier) { return world_.at_hub(tier).events.size(); }
  double waits(Tier tier, const std::string& reason) {
    return world_.metric("wayside_uplink_waits",
                         {{"tier", std::string(to_string(tier))}, {"for", reason}});
  }

  World world_;
  UplinkStatus status_;
};

TEST_F(UplinkGate, BulkWaitsForItsPartOfTheDay) {
  policy(Tier::bulk).window = *parse_day_window("22:00-05:00");
  // Five hours behind UTC: 22:00 there is 03:00 UTC.
  world_.options.gate.zone = std::make_shared<FixedZone>("EST", hours(-5));
  world_.clock.step_to(at(12));
  world_.start_node();
  world_.append(Tier::bulk);
  world_.append(Tier::diagnostic);
  world_.settle();
  EXPECT_EQ(at_hub(Tier::diagnostic), 1u);
  EXPECT_EQ(at_hub(Tier::bulk), 0u);
  EXPECT_EQ(shown(Tier::bulk).wait, Wait::time_of_day);
  EXPECT_EQ(shown(Tier::bulk).waits_for, "22:00");
  EXPECT_EQ(waits(Tier::bulk, "time_of_day"), 1);
  EXPECT_EQ(shown(Tier::diagnostic).wait, Wait::none);
  world_.clock.step_to(at(27) - seconds(1));
  world_.settle();
  EXPECT_EQ(at_hub(Tier::bulk), 0u);
  world_.settle(seconds(1));
  EXPECT_EQ(at_hub(Tier::bulk), 1u);
  EXPECT_EQ(waits(Tier::bulk, "time_of_day"), 0);
  world_.clock.step_to(at(34));
  world_.append(Tier::bulk);
  world_.settle();
  EXPECT_EQ(at_hub(Tier::bulk), 1u) << "05:00 is not part of it any more";
}

TEST_F(UplinkGate, AClockThatIsNotSetOpensNoWindow) {
  policy(Tier::bulk).window = *parse_day_window("00:00-24:00");
  world_.clock.step_to(Time{} + hours(1));
  world_.start_node();
  world_.append(Tier::bulk);
  world_.settle();
  EXPECT_EQ(at_hub(Tier::bulk), 0u);
  EXPECT_EQ(shown(Tier::bulk).wait, Wait::clock);
  world_.clock.step_to(at(1));
  world_.settle();
  EXPECT_EQ(at_hub(Tier::bulk), 1u);
}

TEST_F(UplinkGate, BulkWaitsForItsLink) {
  const auto probe = std::make_shared<FakeProbe>();
  policy(Tier::bulk).when = *SendCondition::parse("link.kind == wifi or link.kind == ethernet");
  world_.options.probe = probe;
  world_.start_node();
  world_.append(Tier::bulk);
  world_.append(Tier::critical);
  world_.settle();
  EXPECT_EQ(at_hub(Tier::critical), 1u);
  EXPECT_EQ(at_hub(Tier::bulk), 0u);
  EXPECT_EQ(shown(Tier::bulk).waits_for, "link.kind == wifi or link.kind == ethernet");
  EXPECT_EQ(world_.uplink->status().kind, LinkKind::cellular);
  probe->now = LinkKind::wifi;
  world_.settle(seconds(11));
  EXPECT_EQ(at_hub(Tier::bulk), 1u);
}

TEST_F(UplinkGate, ARateIsKeptOnTheWire) {
  policy(Tier::bulk).rate = 1'000;
  world_.start_node();
  world_.settle();
  for (int i = 0; i < 5'000; ++i) world_.append(Tier::bulk, 20);
  world_.settle(seconds(1));
  const std::size_t before = world_.hub.wire_bytes;
  EXPECT_EQ(shown(Tier::bulk).wait, Wait::rate);
  for (int i = 0; i < 100; ++i) world_.settle(milliseconds(100));
  EXPECT_NEAR(static_cast<double>(world_.hub.wire_bytes - before), 10'000, 500);
}

/// What is new alone would take the rate whole.
TEST_F(UplinkGate, UnderARateWhatWaitedHasItsShare) {
  policy(Tier::diagnostic).rate = 100;
  world_.start_node();
  world_.settle();
  world_.broker.set_reachable("hub", false);
  world_.settle();
  for (int i = 0; i < 2'000; ++i) world_.append(Tier::diagnostic, 200);
  world_.settle(hours(2));
  world_.broker.set_reachable("hub", true);
  world_.settle();
  const auto run = [&](int steps) {
    for (int i = 0; i < steps; ++i) {
      for (int n = 0; n < 5; ++n) world_.append(Tier::diagnostic, 20);
      world_.settle(seconds(1));
    }
  };
  run(30);
  ASSERT_TRUE(shown(Tier::diagnostic).catching_up);
  const std::uint64_t before = world_.at_hub(Tier::diagnostic).watermark;
  const std::uint64_t newest = world_.at_hub(Tier::diagnostic).ahead.back().last;
  run(120);
  EXPECT_EQ(shown(Tier::diagnostic).wait, Wait::rate);
  EXPECT_GT(world_.at_hub(Tier::diagnostic).watermark, before + 50);
  EXPECT_GT(world_.at_hub(Tier::diagnostic).ahead.back().last, newest + 400)
      << "and what is new still has more of it";
}

TEST_F(UplinkGate, ADaysBudgetHoldsBackAllButCritical) {
  world_.options.gate.day_budget_bytes = 5'000;
  world_.clock.step_to(at(12));
  world_.start_node();
  std::vector<Event> events;
  const auto listen = [&] {
    world_.uplink->on_notice([&](Event event) { events.push_back(std::move(event)); });
  };
  listen();
  std::uint64_t sent = 0;
  for (; sent < 1'000 && shown(Tier::diagnostic).wait == Wait::none; ++sent) {
    world_.append(Tier::diagnostic);
    world_.settle(seconds(1));
  }
  EXPECT_EQ(at_hub(Tier::diagnostic), sent - 1);
  EXPECT_THAT(shown(Tier::diagnostic).waits_for, testing::HasSubstr("budget"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, "budget_low");
  EXPECT_EQ(events[0].severity, telemetry::Severity::alarm);
  EXPECT_EQ(events[1].kind, "budget_spent");
  EXPECT_NEAR(static_cast<double>(world_.uplink->status().budget_spent), 5'000, 300);
  world_.append(Tier::critical);
  world_.settle();
  EXPECT_EQ(at_hub(Tier::critical), 1u);
  // A restart gives nothing out again.
  const SpentBudget spent = world_.uplink->budget();
  world_.start_node();
  listen();
  world_.uplink->restore_budget(spent);
  world_.settle();
  EXPECT_EQ(at_hub(Tier::diagnostic), sent - 1);
  EXPECT_EQ(events.size(), 2u);
  // The next day does.
  world_.clock.step_to(at(24));
  world_.settle();
  EXPECT_EQ(at_hub(Tier::diagnostic), sent);
}

TEST_F(UplinkGate, AClockThatIsNotSetGivesNoBudgetOutAgain) {
  world_.options.gate.day_budget_bytes = 2'000;
  world_.clock.step_to(at(12));
  world_.start_node();
  std::size_t sent = 0;
  const auto spend = [&] {
    for (int i = 0; i < 50; ++i) {
      world_.append(Tier::diagnostic);
      world_.settle(seconds(1));
    }
  };
  spend();
  EXPECT_EQ(shown(Tier::diagnostic).wait, Wait::budget);
  sent = at_hub(Tier::diagnostic);
  for (const Time wall : {Time{} + hours(1), at(13)}) {
    world_.clock.step_to(wall);
    spend();
    EXPECT_EQ(shown(Tier::diagnostic).wait, Wait::budget);
    EXPECT_EQ(at_hub(Tier::diagnostic), sent);
  }
  // Nor does a computer that comes up in 1970.
  const SpentBudget spent = world_.uplink->budget();
  world_.clock.step_to(Time{} + seconds(10));
  world_.start_node();
  world_.uplink->restore_budget(spent);
  world_.settle();
  EXPECT_EQ(at_hub(Tier::diagnostic), sent);
  world_.clock.step_to(at(24));
  world_.settle();
  EXPECT_GT(at_hub(Tier::diagnostic), sent);
}

TEST(DayBudget, WhatWasSpentBeforeTheDayWasKnownIsOfTheFirst) {
  DayBudget budget(100);
  budget.spend(100);
  budget.enter(10);
  EXPECT_EQ(budget.level(), DayBudget::Level::spent);
  budget.enter(11);
  EXPECT_EQ(budget.level(), DayBudget::Level::fine);
}

TEST(DayBudget, AClockThatGoesBackGivesNothingOutAgain) {
  DayBudget budget(100);
  budget.enter(10);
  budget.spend(100);
  budget.enter(9);
  EXPECT_EQ(budget.level(), DayBudget::Level::spent);
  budget.enter(10);
  EXPECT_EQ(budget.level(), DayBudget::Level::spent);
  budget.enter(11);
  EXPECT_EQ(budget.level(), DayBudget::Level::fine);
  budget.spend(80);
  EXPECT_EQ(budget.level(), DayBudget::Level::low);
  // Weeks back: it had been wrong before.
  budget.enter(2);
  EXPECT_EQ(budget.level(), DayBudget::Level::fine);
}

}  // namespace
}  // namespace wayside::link
