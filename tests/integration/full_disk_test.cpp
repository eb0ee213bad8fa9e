// A disk of a few MiB fills up, under the agent's spool or under the hub's store.
#include <gtest/gtest.h>
#include <algorithm>

#include "base/http/client.hpp"
#include "rig.hpp"
#include "support/small_disk.hpp"

namespace wayside::test {
namespace {

constexpr const char* not_permitted = "this user may not mount a file system";

/// The hub is away and the disk fills. What is read from a pipe waits; what was dropped until the
/// spool knew how small the disk is, is in the ledger to the sample, also after a kill.
TEST(FullDisk, WhatCanWaitDoes) {
  const auto disk = SmallDisk::mount(3u << 20);
  if (!disk) GTEST_SKIP() << not_permitted;
  Rig::Options options;
  options.state = disk->file("state");
  options.samples_per_s = 120'000;
  options.hub_at_start = false;
  Rig rig(options);
  ASSERT_TRUE(eventually([&] {
    return rig.agent->output().find("files wait") != std::string::npos;
  })) << rig.agent->output();
  EXPECT_EQ(rig.agent_ledger().at("critical").dropped, 0u);
  rig.fleet.start_hub();
  rig.expect_whole(std::chrono::seconds(60), true);
}

TEST(FullDisk, TheSpoolOpensAgainOnADiskWithoutRoom) {
  const auto disk = SmallDisk::mount(3u << 20);
  if (!disk) GTEST_SKIP() << not_permitted;
  Rig::Options options;
  options.state = disk->file("state");
  options.samples_per_s = 120'000;
  options.hub_at_start = false;
  Rig rig(options);
  ASSERT_TRUE(eventually([&] {
    return rig.agent->output().find("files wait") != std::string::npos;
  })) << rig.agent->output();
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

/// A machine does not wait: the oldest bulk goes first, and what went is in the ledger, which the
/// agent shows before any hub hears of it.
TEST(FullDisk, WhatCannotWaitDropsTheOldestAndAccountsForIt) {
  const auto disk = SmallDisk::mount(3u << 20);
  if (!disk) GTEST_SKIP() << not_permitted;
  Fleet fleet;
  fleet.start_broker();
  const std::string local = "http://127.0.0.1:" + std::to_string(free_port());
  std::string assets, sources;
  for (const char* name : {"a", "b", "c", "d"}) {
    assets += std::string(assets.empty() ? "" : ", ") + "{name: " + name + ", kind: locomotive}";
    sources += std::string("  - sim: {plant: locomotive, asset: ") + name +
               ", every: 2ms, waveform_every: 520ms, for: 16s}\n";
  }
  Process agent = fleet.start_agent(
      "loco", "node: loco\nhub: {broker: \"@BROKER@\"}\nlisten: " + local.substr(7) + "\nstate: " +
                  disk->file("state") + "\nassets: [" + assets + "]\nsources:\n" + sources +
                  "tiers: {diagnostic: {send: every 100ms}, bulk: {send: every 200ms}}\n");
  const auto get = [&](const std::string& path) -> nlohmann::json {
    const auto reply = http::get(local + path, seconds(5));
    return reply && reply->status == 200 ? nlohmann::json::parse(reply->body) : nullptr;
  };
  const auto ledger = [&] { return ledger_of(get("/api/v1/ledger"), "loco"); };
  ASSERT_TRUE(eventually([&] {
    const auto lines = ledger();
    return lines.contains("bulk") && lines.at("bulk").dropped > 5;
  })) << agent.output();
  EXPECT_EQ(ledger().at("critical").dropped, 0u);
  const Outcome here = run({program("wayside"), "ledger", "--hub", local, "--json"});
  EXPECT_EQ(here.status, 0) << here.output;
  const auto gaps = nlohmann::json::parse(here.output).at("gaps");
  EXPECT_TRUE(std::any_of(gaps.begin(), gaps.end(), [](const auto& gap) {
    return gap.at("tier") == "bulk" && gap.at("samples") > 0;
  })) << here.output;
  fleet.start_hub();
  ASSERT_TRUE(eventually([&] {
    const auto status = get("/api/v1/status");
    return std::all_of(status.at("sources").begin(), status.at("sources").end(),
                       [](const auto& source) { return source.at("state") == "ended"; });
  })) << agent.output();
  // What the agent took is in the store or in a gap, to the sample.
  double taken = 0, stored = 0, dropped = 0;
  EXPECT_TRUE(eventually([&] {
    taken = get("/api/v1/status").at("rows").at("samples").get<double>();
    stored = fleet.number("select count(*) from samples");
    dropped = fleet.number("select coalesce(sum(samples), 0)::double from gaps");
    return fleet.settled("loco") && taken == stored + dropped;
  })) << taken
      << " taken, " << stored << " stored, " << dropped << " dropped";
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(fleet.ask({"ledger"}).status, 0);
  EXPECT_EQ(agent.terminate(), 0) << agent.output();
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
