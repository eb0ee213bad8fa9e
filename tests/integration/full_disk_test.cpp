// A disk of a few MiB fills up, under the agent's spool or under the hub's store.
#include <gtest/gtest.h>

#include "base/http/client.hpp"
#include "rig.hpp"
#include "support/small_disk.hpp"

namespace wayside::test {
namespace {

constexpr const char* not_permitted = "this user may not mount a file system";

/// The hub is away, so what is recorded stays, until the disk has no room. What then goes is the
/// oldest bulk first; what went is in the ledger to the sample.
TEST(FullDisk, TheSpoolDropsTheOldestAndAccountsForIt) {
  const auto disk = SmallDisk::mount(3u << 20);
  if (!disk) GTEST_SKIP() << not_permitted;
  Rig::Options options;
  options.state = disk->file("state");
  options.samples_per_s = 40'000;
  options.hub_at_start = false;
  Rig rig(options);
  ASSERT_TRUE(eventually(
      [&] {
        const auto ledger = rig.agent_ledger();
        const auto bulk = ledger.find("bulk");
        return bulk != ledger.end() && bulk->second.dropped > 20;
      },
      std::chrono::seconds(60)))
      << rig.agent->output();
  EXPECT_TRUE(rig.agent->running()) << rig.agent->output();
  EXPECT_EQ(rig.agent_ledger().at("critical").dropped, 0u);
  // The agent itself names what went, before any hub hears of it.
  const Outcome here = run({program("wayside"), "ledger", "--hub", rig.agent_url(), "--json"});
  EXPECT_EQ(here.status, 0) << here.output;
  const auto gaps = nlohmann::json::parse(here.output).at("gaps");
  ASSERT_FALSE(gaps.empty());
  EXPECT_EQ(gaps[0].at("tier"), "bulk");
  EXPECT_GT(gaps[0].at("samples"), 0);
  rig.fleet.start_hub();
  rig.expect_whole(std::chrono::seconds(60), true);
}

/// Killed on a full disk, the agent starts on it again, and its account goes on.
TEST(FullDisk, TheSpoolOpensAgainOnADiskWithoutRoom) {
  const auto disk = SmallDisk::mount(3u << 20);
  if (!disk) GTEST_SKIP() << not_permitted;
  Rig::Options options;
  options.state = disk->file("state");
  options.samples_per_s = 40'000;
  options.hub_at_start = false;
  Rig rig(options);
  const auto dropped = [&] {
    std::uint64_t records = 0;
    for (const auto& [tier, line] : rig.agent_ledger()) records += line.dropped;
    return records;
  };
  ASSERT_TRUE(eventually([&] { return dropped() > 20; }, std::chrono::seconds(60)))
      << rig.agent->output();
  rig.agent->kill();
  rig.feed.end();
  rig.start_agent();
  ASSERT_TRUE(eventually([&] { return !rig.agent_ledger().empty(); })) << rig.agent->output();
  rig.fleet.start_hub();
  ASSERT_TRUE(eventually([&] { return rig.fleet.number("select count(*) from samples") > 0; }))
      << rig.agent->output();
  rig.expect_balanced();
  EXPECT_EQ(rig.agent->terminate(), 0) << rig.agent->output();
}

/// The hub acknowledges nothing while its disk is full, says so, and goes on when there is room.
TEST(FullDisk, TheHubWaitsForRoomAndLosesNothing) {
  const auto disk = SmallDisk::mount(6u << 20);
  if (!disk) GTEST_SKIP() << not_permitted;
  Rig::Options options;
  options.store = "duckdb: " + disk->file("telemetry.duckdb");
  options.samples_per_s = 40'000;
  Rig rig(options);
  const auto ready = [&] {
    const auto reply = http::get(rig.fleet.hub_url() + "/readyz", seconds(5));
    return reply && reply->status == 200;
  };
  ASSERT_TRUE(eventually([&] { return !ready(); }, std::chrono::seconds(60)))
      << rig.fleet.log("hub");
  EXPECT_NE(rig.fleet.log("hub").find("takes nothing"), std::string::npos) << rig.fleet.log("hub");
  EXPECT_TRUE(rig.fleet.hub->running());
  rig.expect_balanced();
  // Killed and started while there is no room, it waits as well.
  rig.restart_hub(false);
  disk->resize(512u << 20);
  ASSERT_TRUE(eventually(ready, std::chrono::seconds(60))) << rig.fleet.log("hub");
  rig.expect_whole();
}

}  // namespace
}  // namespace wayside::test
