#include "hub/api/ledger_api.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/http/client.hpp"
#include "hub/catalog/memory/memory_catalog.hpp"
#include "hub/store/memory/memory_store.hpp"

namespace wayside::hub::api {
namespace {

using nlohmann::json;
using telemetry::Tier;

constexpr Time at{1'767'225'600'000'000'000};

/// Node n1 was installed anew: of its epoch 1 three records never came. Node n2 dropped some.
class LedgerApiTest : public testing::Test {
 protected:
  void SetUp() override {
    Batch batch;
    batch.streams[{"n1", 1, Tier::diagnostic}] = {12, 7, 9, 0, 2, at, true, {{11, 12}}};
    batch.streams[{"n1", 1, Tier::critical}] = {4, 4, 4, 0, 0, at, false};
    batch.streams[{"n1", 2, Tier::diagnostic}] = {5, 5, 5, 0, 0, at, false};
    batch.streams[{"n2", 1, Tier::bulk}] = {20, 20, 8, 12, 0, at, false};
    const StreamKey bulk{"n2", 1, Tier::bulk};
    batch.gaps.push_back({bulk, 3, 6, 40, "spool_full", at, at + seconds(3)});
    batch.gaps.push_back({bulk, 9, 16, 80, "expired", at, at + seconds(9)});
    ASSERT_TRUE(store_.commit(batch));
    CatalogNode node;
    node.state.node = "n1";
    node.state.epoch = 2;
    ASSERT_TRUE(catalog_.put_node(node));
    ASSERT_TRUE(fleet_.load(store_, catalog_));
    api_.mount(server_);
    const auto port = server_.start("127.0.0.1:0");
    ASSERT_TRUE(port) << port.error().message;
    url_ = fmt::format("http://127.0.0.1:{}", *port);
  }
  json get(const std::string& path) const {
    const auto reply = http::get(url_ + path);
    EXPECT_TRUE(reply && reply->status == 200) << path;
    return reply ? json::parse(reply->body, nullptr, false) : json();
  }

  MemoryStore store_;
  MemoryCatalog catalog_;
  Fleet fleet_;
  LedgerApi api_{store_, fleet_};
  http::Server server_;
  std::string url_;
};

TEST_F(LedgerApiTest, SaysWhichEpochsHaveEndedAndWhatWasLostWithThem) {
  const json lines = get("/api/v1/ledger?node=n1")["lines"];
  ASSERT_EQ(lines.size(), 3u);
  for (const json& line : lines) {
    EXPECT_TRUE(line["balanced"]);
    EXPECT_EQ(line["ended"], line["epoch"] == "0000000000000001") << line;
    EXPECT_EQ(line["queued"], 0);
  }
  EXPECT_EQ(lines[1]["tier"], "diagnostic");
  EXPECT_EQ(lines[1]["dropped"], 3);
  EXPECT_EQ(lines[1]["duplicates"], 2);
  EXPECT_EQ(lines[1]["reasons"], (json{{"epoch_ended", 3}}));
  EXPECT_EQ(get("/api/v1/ledger")["lines"].size(), 4u);
}

TEST_F(LedgerApiTest, NamesGapsWithRangeTimeAndReasonNewestFirst) {
  const json all = get("/api/v1/gaps");
  EXPECT_EQ(all["truncated"], false);
  ASSERT_EQ(all["gaps"].size(), 3u);
  EXPECT_EQ(all["gaps"][0], (json{{"node", "n1"},
                                  {"epoch", "0000000000000001"},
                                  {"tier", "diagnostic"},
                                  {"first_seq", 8},
                                  {"last_seq", 10},
                                  {"records", 3},
                                  {"samples", nullptr},
                                  {"reason", "epoch_ended"},
                                  {"first_time", nullptr},
                                  {"last_time", nullptr}}));
  EXPECT_EQ(all["gaps"][1]["reason"], "expired");
  EXPECT_EQ(all["gaps"][2], (json{{"node", "n2"},
                                  {"epoch", "0000000000000001"},
                                  {"tier", "bulk"},
                                  {"first_seq", 3},
                                  {"last_seq", 6},
                                  {"records", 4},
                                  {"samples", 40},
                                  {"reason", "spool_full"},
                                  {"first_time", 1'767'225'600'000.0},
                                  {"last_time", 1'767'225'603'000.0}}));
  const json one = get("/api/v1/gaps?node=n2&limit=1");
  EXPECT_EQ(one["truncated"], true);
  ASSERT_EQ(one["gaps"].size(), 1u);
  EXPECT_EQ(one["gaps"][0]["first_seq"], 9);
  EXPECT_EQ(http::get(url_ + "/api/v1/gaps?limit=many")->status, 400);
}

}  // namespace
}  // namespace wayside::hub::api
