// What is live while a backlog drains beside it.
#include <gtest/gtest.h>
#include <algorithm>
#include <vector>

#include "sim/world/world_fixture.hpp"

namespace wayside::sim {
namespace {

constexpr Duration cut = minutes(5), back = minutes(35), end = minutes(40);

/// Of the critical records accepted in [from, to).
Duration p99(const World& world, Duration from, Duration to) {
  std::vector<Duration> delays;
  for (const Delivered& d : world.audit().critical())
    if (d.accepted >= from && d.accepted < to) delays.push_back(d.stored - d.accepted);
  std::sort(delays.begin(), delays.end());
  return delays.empty() ? hours(1) : delays[(delays.size() - 1) * 99 / 100];
}

struct Seen {
  Duration before, draining;  ///< p99 of critical records
  std::uint64_t backlog = 0;  ///< records, when the line came back
};

/// Half an hour without the line, which then carries so many bytes a second each way.
Seen after_an_outage(double bytes_per_s) {
  PumpFleet pumps;
  pumps.signals = 40;
  World world({});
  Pumps fleet(world, pumps, {.storage = NodeOptions::Storage::memory});
  const PathConditions line{.latency = milliseconds(40), .bytes_per_s = bytes_per_s};
  world.set_path(0, line);
  world.at(cut, [&] { world.set_path(0, {.down = PathConditions::Down::both}); });
  world.at(back, [&] { world.set_path(0, line); });
  fleet.run(end);
  world.run_until(back);
  Seen seen;
  for (const auto& tier : world.view(0).ledger) seen.backlog += tier.queued;
  // Until the lanes are one again everywhere.
  Duration now = back + seconds(15);
  for (bool ahead = true; ahead && now < end; now = now + seconds(1)) {
    world.run_until(now);
    ahead = false;
    for (const auto& [key, totals] : world.streams()) ahead = ahead || !totals.ahead.empty();
  }
  world.run_until(end);
  world.check();
  EXPECT_TRUE(world.audit().faults().empty());
  seen.before = p99(world, minutes(1), cut - seconds(5));
  // From when the node is back at the broker.
  seen.draining = p99(world, back + seconds(12), now);
  return seen;
}

TEST(Draining, WithRoomOnTheLineLiveCriticalRecordsDoNotNoticeTheBacklog) {
  const Seen seen = after_an_outage(1'250'000);
  EXPECT_GT(seen.backlog, 3'000u);
  EXPECT_LE(seen.draining.ns, seen.before.ns * 3 / 2);
}

/// They stand behind what DrainPace lets be under way, and no more.
TEST(Draining, OnAThinLineTheyStandBehindLittleOfIt) {
  const Seen seen = after_an_outage(125'000);
  EXPECT_GT(seen.backlog, 3'000u);
  EXPECT_LE(seen.draining, seen.before + milliseconds(1'500));
}

}  // namespace
}  // namespace wayside::sim
