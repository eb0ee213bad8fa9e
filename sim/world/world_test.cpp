#include "sim/world/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "sim/world/world_fixture.hpp"

namespace wayside::sim {
namespace {

using telemetry::Tier;

struct Fleet {
  explicit Fleet(PumpFleet fleet = {}, NodeOptions node = {}, WorldOptions options = {})
      : world(with_log(std::move(options))), pumps(world, fleet, node) {
    words.watch(world);
  }
  WorldOptions with_log(WorldOptions options) {
    options.log = words.log();
    return options;
  }

  /// Checks on the way, and until all is drained.
  void run(Duration measured) {
    pumps.run(world.now() + measured);
    const Duration end = world.now() + measured;
    while (world.now() < end) advance(seconds(10));
    drain();
  }
  void advance(Duration by) {
    world.run_until(world.now() + by);
    world.check();
  }
  void drain(Duration within = hours(2)) {
    const Duration end = world.now() + within;
    // Health records come every 10 s: not in step with them.
    while (!world.drained() && world.now() < end) advance(seconds(7));
    EXPECT_TRUE(world.drained()) << words.text();
    EXPECT_THAT(world.audit().faults(), testing::IsEmpty());
  }
  [[nodiscard]] TierAudit total(Tier tier) const {
    TierAudit sum;
    for (std::size_t i = 0; i < world.nodes(); ++i) {
      const TierAudit& t = world.audit().tier(i, tier);
      sum.accepted_samples += t.accepted_samples;
      sum.stored_samples += t.stored_samples;
      sum.stored_records += t.stored_records;
      sum.numbered_records += t.numbered_records;
      sum.cut.samples += t.cut.samples;
      sum.overrun.samples += t.overrun.samples;
      sum.refused.samples += t.refused.samples;
      sum.reset.samples += t.reset.samples;
      sum.other_store.samples += t.other_store.samples;
      for (const auto& [reason, lost] : t.gaps) sum.gaps[reason].samples += lost.samples;
    }
    return sum;
  }
  /// Samples that gaps at the hub name.
  [[nodiscard]] std::uint64_t named() const {
    std::uint64_t out = 0;
    for (const Tier tier : telemetry::all_tiers)
      for (const auto& [reason, lost] : total(tier).gaps) out += lost.samples;
    return out;
  }
  [[nodiscard]] std::uint64_t stored() const {
    std::uint64_t out = 0;
    for (const Tier tier : telemetry::all_tiers) out += total(tier).stored_samples;
    return out;
  }

  /// Samples of which the fate is known, and told.
  [[nodiscard]] std::uint64_t accounted() const {
    std::uint64_t out = named();
    for (const Tier tier : telemetry::all_tiers) {
      const TierAudit t = total(tier);
      out += t.stored_samples + t.cut.samples + t.overrun.samples + t.refused.samples +
             t.reset.samples + t.other_store.samples;
    }
    return out;
  }

  LastWords words;
  World world;
  Pumps pumps;
};

TEST(World, AQuietFleetDeliversEverything) {
  Fleet fleet({.nodes = 3});
  fleet.run(minutes(10));
  EXPECT_GE(fleet.pumps.offered(), 3 * 3 * 600u);
  EXPECT_EQ(fleet.stored(), fleet.pumps.offered());
  EXPECT_GT(fleet.world.audit().critical().size(), 3 * 590u);
  for (const Delivered& d : fleet.world.audit().critical())
    EXPECT_LE(d.stored - d.accepted, milliseconds(100));
}

TEST(World, IsAFunctionOfItsSeed) {
  const auto digest = [](std::uint64_t seed, std::size_t waste) {
    // Addresses differ from run to run.
    const std::vector<char> elsewhere(waste);
    Fleet fleet({.nodes = 2}, {}, {.seed = seed});
    fleet.world.set_path(0, {.latency = milliseconds(50), .jitter = milliseconds(40), .loss = 0.1});
    fleet.world.at(minutes(1), [&] { fleet.world.kill_node(0); });
    fleet.world.at(minutes(2), [&] { fleet.world.power_cut(1, seconds(5)); });
    fleet.run(minutes(4));
    return fleet.world.digest();
  };
  const std::uint64_t first = digest(7, 0);
  EXPECT_EQ(first, digest(7, 1u << 20));
  EXPECT_NE(first, digest(8, 0));
}

TEST(World, AnOutageIsCaughtUp) {
  Fleet fleet({.nodes = 2});
  fleet.world.at(minutes(2),
                 [&] { fleet.world.set_path(0, {.down = PathConditions::Down::both}); });
  fleet.world.at(minutes(20), [&] { fleet.world.set_path(0, {}); });
  fleet.run(minutes(25));
  EXPECT_EQ(fleet.stored(), fleet.pumps.offered());
  Duration worst;
  for (const Delivered& d : fleet.world.audit().critical())
    worst = std::max(worst, d.stored - d.accepted);
  EXPECT_GT(worst, minutes(17));
  EXPECT_LT(worst, minutes(19));
}

TEST(World, AHalfOpenConnectionIsNoticedByTheKeepAlive) {
  for (const auto down : {PathConditions::Down::up, PathConditions::Down::down}) {
    Fleet fleet;
    fleet.world.at(minutes(2), [&] { fleet.world.set_path(0, {.down = down}); });
    bool connected = true;
    fleet.world.at(minutes(2) + seconds(1), [&] { connected = fleet.world.view(0).connected; });
    bool later = true;
    fleet.world.at(minutes(3), [&] { later = fleet.world.view(0).connected; });
    fleet.world.at(minutes(5), [&] { fleet.world.set_path(0, {}); });
    fleet.run(minutes(6));
    EXPECT_TRUE(connected);
    EXPECT_FALSE(later);
    EXPECT_EQ(fleet.stored(), fleet.pumps.offered());
  }
}

TEST(World, AKilledAgentLosesOnlyWhatWasInItsMemory) {
  Fleet fleet;
  for (int i = 1; i <= 5; ++i)
    fleet.world.at(minutes(i) + milliseconds(i * 333), [&] { fleet.world.kill_node(0); });
  fleet.run(minutes(7));
  std::uint64_t cut = 0;
  for (const Tier tier : telemetry::all_tiers) {
    cut += fleet.total(tier).cut.samples;
    if (const auto age = fleet.world.audit().tier(0, tier).cut_age) {
      EXPECT_LE(*age, tier == Tier::bulk ? milliseconds(2'100) : milliseconds(1'200));
    }
  }
  EXPECT_GT(cut, 0u);
  EXPECT_EQ(fleet.stored() + cut, fleet.pumps.offered());
}

TEST(World, APowerCutTakesNothingThatWasDurable) {
  Fleet fleet;
  for (int i = 1; i <= 20; ++i)
    fleet.world.at(minutes(2 * i) + milliseconds(i * 37),
                   [&fleet, i] { fleet.world.power_cut_at_change(0, i % 7 + 1, seconds(10)); });
  fleet.run(minutes(45));
  EXPECT_GT(fleet.total(Tier::bulk).cut.samples, 0u);
  std::uint64_t sum = fleet.stored();
  for (const Tier tier : telemetry::all_tiers) sum += fleet.total(tier).cut.samples;
  EXPECT_EQ(sum, fleet.pumps.offered());
}

TEST(World, AHubThatDiesAndAStoreThatFailsLoseNothing) {
  Fleet fleet({.nodes = 2});
  World& world = fleet.world;
  for (int i = 1; i <= 6; ++i) {
    world.at(minutes(2 * i) + milliseconds(i * 71), [&] { world.kill_hub(); });
    world.at(minutes(2 * i) + seconds(9), [&] { world.start_hub(); });
  }
  world.at(minutes(14), [&] { world.fail_store(Error{Errc::full, "no room"}); });
  world.at(minutes(16), [&] { world.fail_store(std::nullopt); });
  // The failure comes between storing and saying so.
  world.at(minutes(17), [&] { world.fail_store(Error{Errc::io, "who knows"}, true); });
  world.at(minutes(18), [&] { world.fail_store(std::nullopt); });
  fleet.run(minutes(20));
  EXPECT_EQ(fleet.stored(), fleet.pumps.offered());
}

TEST(World, ABrokerThatForgetsEverythingLosesNothing) {
  Fleet fleet({.nodes = 2});
  World& world = fleet.world;
  for (int i = 1; i <= 5; ++i) {
    world.at(minutes(i) + milliseconds(i * 113), [&] { world.stop_broker(); });
    world.at(minutes(i) + seconds(3 * i), [&] { world.start_broker(); });
  }
  fleet.run(minutes(7));
  EXPECT_EQ(fleet.stored(), fleet.pumps.offered());
}

TEST(World, MessagesThatAreDoubledReorderedOrGoneChangeNothing) {
  Fleet fleet({.nodes = 2});
  const PathConditions bad{.latency = milliseconds(120),
                           .jitter = milliseconds(80),
                           .loss = 0.05,
                           .duplicate = 0.2,
                           .reorder = 0.2,
                           .vanish = 0.1};
  fleet.world.set_path(0, bad);
  fleet.world.set_hub_path(bad);
  fleet.world.at(minutes(10), [&] {
    fleet.world.set_path(0, {});
    fleet.world.set_hub_path({});
  });
  fleet.run(minutes(11));
  EXPECT_EQ(fleet.stored(), fleet.pumps.offered());
}

TEST(World, AStoreThatIsLostIsNamedByGaps) {
  Fleet fleet;
  World& world = fleet.world;
  world.at(minutes(5), [&] {
    world.kill_hub();
    world.lose_store();
    world.start_hub();
  });
  fleet.run(minutes(10));
  std::uint64_t lost = 0;
  for (const Tier tier : telemetry::all_tiers) lost += fleet.total(tier).other_store.samples;
  EXPECT_GT(lost, 3 * 290u);
  EXPECT_EQ(fleet.stored() + lost, fleet.pumps.offered());
}

TEST(World, AnOlderCopyOfTheStoreIsCaughtUpOrNamedByGaps) {
  Fleet fleet;
  World& world = fleet.world;
  std::uint64_t copy = 0;
  world.at(minutes(4), [&] { copy = world.copy_store(); });
  world.at(minutes(5), [&] {
    world.kill_hub();
    world.restore_store(copy);
    world.start_hub();
  });
  fleet.run(minutes(10));
  std::uint64_t lost = 0;
  for (const Tier tier : telemetry::all_tiers) lost += fleet.total(tier).other_store.samples;
  EXPECT_GT(lost, 3 * 50u);
  EXPECT_EQ(fleet.stored() + lost, fleet.pumps.offered());
}

TEST(World, AClockMayBeginIn1970) {
  Fleet fleet({}, {.clock_battery = false});
  World& world = fleet.world;
  EXPECT_LT(world.wall(0), Time{} + hours(1));
  world.at(minutes(2), [&] { world.set_clock(0, world.wall()); });
  world.at(minutes(4), [&] { world.power_cut(0, seconds(5)); });
  world.at(minutes(6), [&] { world.step_clock(0, days(15'000)); });
  world.at(minutes(8), [&] { world.drift_clock(0, 500); });
  fleet.run(minutes(10));
  EXPECT_EQ(fleet.accounted(), fleet.pumps.offered());
}

TEST(World, AClockThatIsYearsAheadForAMomentExpiresNothing) {
  Fleet fleet;
  World& world = fleet.world;
  world.at(minutes(2), [&] { world.set_path(0, {.down = PathConditions::Down::both}); });
  world.at(minutes(4), [&] { world.step_clock(0, days(400)); });
  world.at(minutes(4) + seconds(2), [&] { world.step_clock(0, Duration{0} - days(400)); });
  world.at(minutes(6), [&] { world.set_path(0, {}); });
  fleet.run(minutes(8));
  EXPECT_FALSE(fleet.total(Tier::critical).gaps.contains("expired"));
  EXPECT_EQ(fleet.accounted(), fleet.pumps.offered());
}

TEST(World, ANewDiskBeginsANewEpoch) {
  Fleet fleet;
  World& world = fleet.world;
  world.set_path(0, {.down = PathConditions::Down::both});
  const auto epochs = [&] {
    std::set<std::uint64_t> out;
    for (const auto& [key, totals] : world.streams()) out.insert(key.epoch);
    return out.size();
  };
  world.at(minutes(1), [&] { world.set_path(0, {}); });
  world.at(minutes(3), [&] { world.set_path(0, {.down = PathConditions::Down::both}); });
  world.at(minutes(4), [&] {
    world.power_cut(0, seconds(10));
    world.reinstall(0);
  });
  world.at(minutes(5), [&] { world.set_path(0, {}); });
  fleet.run(minutes(7));
  EXPECT_EQ(epochs(), 2u);
  std::uint64_t sum = fleet.stored();
  for (const Tier tier : telemetry::all_tiers) {
    const TierAudit total = fleet.total(tier);
    sum += total.cut.samples + total.reset.samples;
  }
  EXPECT_EQ(sum, fleet.pumps.offered());
}

TEST(World, BothStoresOfANodeLetTheSameThrough) {
  for (const auto storage : {NodeOptions::Storage::sqlite, NodeOptions::Storage::memory}) {
    Fleet fleet({.nodes = 2}, {.storage = storage});
    fleet.world.at(minutes(1), [&] { fleet.world.kill_node(1); });
    fleet.run(minutes(3));
    std::uint64_t sum = fleet.stored();
    for (const Tier tier : telemetry::all_tiers) sum += fleet.total(tier).cut.samples;
    EXPECT_EQ(sum, fleet.pumps.offered());
  }
}

TEST(World, ASlowDiskDelaysAndLosesNothing) {
  Fleet fleet;
  fleet.world.at(minutes(1), [&] { fleet.world.slow_disk(0, milliseconds(30)); });
  fleet.world.at(minutes(4), [&] { fleet.world.slow_disk(0, Duration{0}); });
  fleet.run(minutes(5));
  EXPECT_EQ(fleet.stored(), fleet.pumps.offered());
  Duration worst;
  for (const Delivered& d : fleet.world.audit().critical())
    worst = std::max(worst, d.stored - d.accepted);
  EXPECT_GT(worst, milliseconds(30));
}

TEST(World, ADiskThatWasReadOnlyAtTheStartIsWrittenOnceItCanBe) {
  Fleet fleet;
  World& world = fleet.world;
  world.at(minutes(2), [&] { world.kill_node(0); });
  world.at(minutes(2) + seconds(1), [&] { world.disk(0).set_read_only(true); });
  world.at(minutes(4), [&] { world.disk(0).set_read_only(false); });
  fleet.run(minutes(6));
  EXPECT_EQ(fleet.accounted(), fleet.pumps.offered());
  EXPECT_GT(fleet.stored(), 3 * 300u);
}

/// Neither a restart gives the day's budget out again, nor the 1970 in which a computer without a
/// battery comes up.
TEST(World, ADaysBudgetOutlivesThePowerAndAClockThatIsNotSet) {
  for (const auto storage : {NodeOptions::Storage::sqlite, NodeOptions::Storage::memory}) {
    Fleet fleet({.hub = ", budget: 100kB/day"}, {.storage = storage, .clock_battery = false});
    World& world = fleet.world;
    const auto set = [&] { world.set_clock(0, world.wall()); };
    const auto diagnostic = [&] { return world.traffic(0).up[1]; };
    fleet.pumps.run(hours(4));
    set();
    fleet.advance(hours(1));
    const std::uint64_t spent = diagnostic();
    ASSERT_GT(spent, 1'000u);
    for (int i = 0; i < 3; ++i) {
      world.kill_node(0);
      fleet.advance(minutes(5));
      world.power_cut(0, seconds(10));
      fleet.advance(minutes(20));
      set();
      fleet.advance(minutes(5));
    }
    // Of which a killed agent may give out a hundredth twice.
    EXPECT_LT(diagnostic(), spent + 20'000);
    fleet.advance(hours(24));
    EXPECT_GT(diagnostic(), spent + 20'000);
  }
}

TEST(World, AFullDiskIsInTheAccount) {
  Fleet fleet;
  World& world = fleet.world;
  world.at(minutes(1), [&] {
    world.set_path(0, {.down = PathConditions::Down::both});
    world.disk(0).limit(world.disk(0).bytes_used());
  });
  world.at(minutes(30), [&] {
    world.disk(0).limit(std::nullopt);
    world.set_path(0, {});
  });
  fleet.run(minutes(35));
  std::uint64_t sum = fleet.stored();
  std::uint64_t dropped = 0;
  for (const Tier tier : telemetry::all_tiers) {
    const TierAudit& audit = world.audit().tier(0, tier);
    for (const auto& [reason, lost] : audit.gaps) dropped += lost.samples;
    dropped += audit.refused.samples;
  }
  EXPECT_EQ(sum + dropped, fleet.pumps.offered());
}

}  // namespace
}  // namespace wayside::sim
