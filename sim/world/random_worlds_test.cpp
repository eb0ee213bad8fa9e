// Worlds in which everything goes wrong by chance, one from each seed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "base/rng.hpp"
#include "sim/world/world_fixture.hpp"

namespace wayside::sim {
namespace {

using telemetry::Tier;

constexpr Duration measured = minutes(40);

/// Draws faults, each with an end, and notes what it drew.
class Trouble {
 public:
  Trouble(World& world, std::uint64_t seed) : world_(world), rng_(seed) {}

  void plan(std::size_t faults) {
    for (std::size_t i = 0; i < faults; ++i) {
      const Duration from = draw(seconds(20), measured);
      plan_one(from, from + draw(seconds(1), minutes(6)));
    }
    world_.at(measured + minutes(7), [this] { heal(); });
  }
  [[nodiscard]] const std::string& story() const { return story_; }

 private:
  using Down = PathConditions::Down;

  Duration draw(Duration low, Duration high) {
    return {low.ns +
            static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(high.ns - low.ns)))};
  }
  void note(Duration from, Duration to, const std::string& what) {
    story_ += fmt::format("{} to {}: {}\n", format_duration(from), format_duration(to), what);
  }
  PathConditions bad_path() {
    PathConditions path;
    if (rng_.below(3) == 0) {
      path.down = std::array{Down::both, Down::up, Down::down}[rng_.below(3)];
      return path;
    }
    path.latency = draw(milliseconds(1), seconds(2));
    path.jitter = draw(Duration{0}, seconds(1));
    if (rng_.below(2) == 0) path.loss = rng_.uniform(0, 0.4);
    if (rng_.below(3) == 0) path.duplicate = rng_.uniform(0, 0.5);
    if (rng_.below(3) == 0) path.reorder = rng_.uniform(0, 0.5);
    if (rng_.below(3) == 0) path.vanish = rng_.uniform(0, 0.5);
    if (rng_.below(3) == 0) path.bytes_per_s = rng_.uniform(500, 20'000);
    return path;
  }

  void plan_one(Duration from, Duration to) {
    const std::size_t node = rng_.below(world_.nodes());
    const auto fault = rng_.below(13);
    switch (fault) {
      case 0:
      case 1:
        return path(node, from, to);
      case 2:
        return hub_path(from, to);
      case 3:
        return broker(from, to);
      case 4:
        return hub(from, to);
      case 5:
        return store(from, to);
      case 6:
        return copy(from, to);
      case 7:
      case 8:
        return life(node, from, to);
      case 9:
      case 10:
        return power(node, from, to);
      case 11:
        return clock(node, from, to);
      default:
        return disk(node, from, to);
    }
  }
  void path(std::size_t node, Duration from, Duration to) {
    note(from, to, fmt::format("path of {}", node));
    world_.at(from, [this, node, path = bad_path()] { world_.set_path(node, path); });
    world_.at(to, [this, node] { world_.set_path(node, {}); });
  }
  void hub_path(Duration from, Duration to) {
    note(from, to, "path of the hub");
    world_.at(from, [this, path = bad_path()] { world_.set_hub_path(path); });
    world_.at(to, [this] { world_.set_hub_path({}); });
  }
  void broker(Duration from, Duration to) {
    note(from, to, "broker down");
    world_.at(from, [this] { world_.stop_broker(); });
    world_.at(to, [this] { world_.start_broker(); });
  }
  void hub(Duration from, Duration to) {
    note(from, to, "hub down");
    world_.at(from, [this] { world_.kill_hub(); });
    world_.at(to, [this] { world_.start_hub(); });
  }
  void store(Duration from, Duration to) {
    const bool stored = rng_.below(2) == 0;
    note(from, to, stored ? "store fails after storing" : "store fails");
    world_.at(from, [this, stored] { world_.fail_store(Error{Errc::full, "no room"}, stored); });
    world_.at(to, [this] { world_.fail_store(std::nullopt); });
  }
  void copy(Duration from, Duration to) {
    note(from, to, "store put back to a copy");
    world_.at(from, [this] { copy_ = world_.copy_store(); });
    world_.at(to, [this] {
      if (!copy_) return;
      world_.kill_hub();
      world_.restore_store(*copy_);
      world_.start_hub();
    });
  }
  void life(std::size_t node, Duration from, Duration to) {
    note(from, to, fmt::format("{} is killed", node));
    world_.at(from, [this, node, down = to - from] { world_.kill_node(node, down); });
  }
  void power(std::size_t node, Duration from, Duration to) {
    const std::uint64_t change = rng_.below(40);
    note(from, to, fmt::format("power cut of {} at change {}", node, change));
    world_.at(from, [this, node, change, dark = to - from] {
      if (change == 0)
        world_.power_cut(node, dark);
      else
        world_.power_cut_at_change(node, change, dark);
    });
  }
  void clock(std::size_t node, Duration from, Duration to) {
    const Duration step = draw(days(-20), days(20));
    note(from, to, fmt::format("clock of {} steps by {} s", node, step.seconds()));
    world_.at(from, [this, node, step, ppm = rng_.uniform(-500, 500)] {
      world_.step_clock(node, step);
      world_.drift_clock(node, ppm);
    });
    world_.at(to, [this, node] { world_.set_clock(node, world_.wall()); });
  }
  void disk(std::size_t node, Duration from, Duration to) {
    const auto how = rng_.below(4);
    note(from, to, fmt::format("disk of {}: trouble {}", node, how));
    world_.at(from, [this, node, how, delay = draw(milliseconds(1), milliseconds(400))] {
      VirtualDisk& disk = world_.disk(node);
      if (how == 0) disk.limit(disk.bytes_used());
      if (how == 1) disk.set_read_only(true);
      if (how == 2) disk.set_failing(true);
      if (how == 3) world_.slow_disk(node, delay);
    });
    world_.at(to, [this, node] { heal_disk(node); });
  }
  void heal_disk(std::size_t node) {
    VirtualDisk& disk = world_.disk(node);
    disk.limit(std::nullopt);
    disk.set_read_only(false);
    disk.set_failing(false);
    world_.slow_disk(node, Duration{0});
  }
  void heal() {
    for (std::size_t node = 0; node < world_.nodes(); ++node) {
      world_.set_path(node, {});
      heal_disk(node);
      world_.start_node(node);
    }
    world_.set_hub_path({});
    world_.start_broker();
    world_.fail_store(std::nullopt);
    world_.start_hub();
  }

  World& world_;
  Rng rng_;
  std::string story_;
  std::optional<std::uint64_t> copy_;
};

/// Everything that was accepted is somewhere.
void expect_accounted(const World& world) {
  for (std::size_t node = 0; node < world.nodes(); ++node)
    for (const Tier tier : telemetry::all_tiers) {
      const TierAudit& t = world.audit().tier(node, tier);
      std::uint64_t sum = t.stored_samples + t.overrun.samples + t.refused.samples + t.cut.samples +
                          t.reset.samples + t.other_store.samples + t.waiting_samples;
      for (const auto& [reason, lost] : t.gaps) sum += lost.samples;
      EXPECT_EQ(t.accepted_samples, sum) << node << " " << to_string(tier);
    }
}

class RandomWorlds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomWorlds, LoseNothingSilently) {
  LastWords words;
  World world({.seed = GetParam(), .log = words.log()});
  words.watch(world);
  Pumps pumps(world, {.nodes = 2, .every = seconds(2), .ticks = seconds(2)}, {});
  Trouble trouble(world, GetParam());
  trouble.plan(4 + GetParam() % 12);
  // On until all is healed: what an older copy of the store lacks is noticed when something new
  // comes in the stream.
  pumps.run(measured + minutes(9));
  while (world.now() < measured + minutes(10)) {
    world.run_until(world.now() + seconds(5));
    world.check();
  }
  // Health records come every 10 s: not in step with them.
  for (int i = 0; i < 1'000 && !world.drained(); ++i) world.run_until(world.now() + seconds(7));
  world.check();
  EXPECT_TRUE(world.drained());
  EXPECT_THAT(world.audit().faults(), testing::IsEmpty());
  expect_accounted(world);
  if (HasFailure())
    ADD_FAILURE() << "seed " << GetParam() << ":\n" << trouble.story() << words.text();
}

/// As WAYSIDE_SEEDS=100-400 says; else a few.
std::vector<std::uint64_t> seeds() {
  std::uint64_t first = 1;
  std::uint64_t last = 40;
  if (const char* text = std::getenv("WAYSIDE_SEEDS"))
    std::sscanf(text, "%" SCNu64 "-%" SCNu64, &first, &last);
  std::vector<std::uint64_t> out;
  for (std::uint64_t seed = first; seed <= last; ++seed) out.push_back(seed);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWorlds, testing::ValuesIn(seeds()));

}  // namespace
}  // namespace wayside::sim
