#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/http/client.hpp"
#include "base/os/system_clock.hpp"
#include "hub/api/keeping_api.hpp"
#include "hub/catalog/memory/memory_catalog.hpp"
#include "hub/housekeeping.hpp"
#include "hub/store/keeping_suite.hpp"
#include "hub/store/memory/memory_store.hpp"

namespace wayside::hub {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

/// Maintenance that fails so many times first.
class FailingStore final : public MemoryStore {
 public:
  Result<MaintenanceStep> maintain(const KeepingPolicy& policy, Time now) override {
    if (failures > 0) {
      --failures;
      return fail(Errc::full, "No space left on device");
    }
    return MemoryStore::maintain(policy, now);
  }
  int failures = 0;
};

TEST(Housekeeping, RemovesWhatIsTooOldAndTells) {
  FailingStore store;
  ASSERT_TRUE(store.commit(suite::two_tiers()));
  ManualClock clock(suite::start + days(2));
  Metrics metrics;
  KeepingPolicy policy;
  policy.of(RecordKind::samples, telemetry::Tier::bulk) = days(1);
  int changed = 0;
  Housekeeping keeping(store, policy, clock, metrics, Log(), [&] { ++changed; });
  store.failures = 1;
  const Status failed = keeping.round();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::full);
  ASSERT_TRUE(keeping.round());
  EXPECT_EQ(changed, 1);
  EXPECT_EQ(store.row_counts()->samples, 2u * 1'440);
  ASSERT_TRUE(keeping.round());
  EXPECT_EQ(changed, 1) << "nothing more went";
  EXPECT_THAT(metrics.expose(), HasSubstr("wayside_hub_rows_removed_total 1440"));
}

TEST(Housekeeping, SaysThatItFailsInReadiness) {
  FailingStore store;
  store.failures = 1'000'000;
  ManualClock clock(suite::start);
  Metrics metrics;
  KeepingPolicy policy;
  policy.of(RecordKind::health, telemetry::Tier::bulk) = days(1);
  Housekeeping keeping(store, policy, clock, metrics, Log(), [] {});
  keeping.start();
  std::vector<std::string> problems;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (problems.empty() && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
    problems = keeping.problems();
  }
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0], HasSubstr("No space left"));
  keeping.stop();
}

class KeepingApiTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.commit(suite::two_tiers()));
    api_.mount(server_);
    url_ = "http://127.0.0.1:" + std::to_string(server_.start("127.0.0.1:0").value());
  }
  void TearDown() override { server_.stop(); }
  Json get(const std::string& path, int status = 200) {
    const auto reply = http::get(url_ + path);
    EXPECT_EQ(reply->status, status) << reply->body;
    return Json::parse(reply->body);
  }
  Json post(const std::string& path, const Json& body, int status = 200) {
    const auto reply = http::post(url_ + path, body.dump());
    EXPECT_EQ(reply->status, status) << reply->body;
    return Json::parse(reply->body);
  }

  MemoryStore store_;
  MemoryCatalog catalog_;
  ManualClock clock_{suite::start};
  api::QuerySlots slots_{api::queries_max};
  std::vector<std::string> deleted_;
  api::KeepingApi api_{store_, catalog_, clock_, slots_,
                       [this](const std::string& asset) { deleted_.push_back(asset); }};
  http::Server server_;
  std::string url_;
};

TEST_F(KeepingApiTest, TellsWhatIsHeld) {
  const Json usage = get("/api/v1/usage");
  ASSERT_EQ(usage["lines"].size(), 3u);
  EXPECT_EQ(usage["lines"][0]["kind"], "samples");
  EXPECT_EQ(usage["lines"][0]["tier"], "diagnostic");
  EXPECT_EQ(usage["lines"][0]["rows"], 1'440);
}

TEST_F(KeepingApiTest, ExportsOnceAndLogs) {
  const Json made = post("/api/v1/exports", {{"table", "samples"},
                                             {"format", "csv"},
                                             {"who", "ana@desk"},
                                             {"assets", {"a1"}},
                                             {"names", {"vib"}},
                                             {"to", "2026-01-01T00:00:50Z"}});
  EXPECT_EQ(made["rows"], 6);
  const auto file = http::get(url_ + "/api/v1/exports/" + made["digest"].get<std::string>());
  EXPECT_EQ(file->status, 200);
  EXPECT_EQ(file->content_type, "text/csv; header=present");
  Sha256 digest;
  digest.add(file->body);
  EXPECT_EQ(digest.hex(), made["digest"]);
  EXPECT_EQ(file->body.size(), made["bytes"]);
  get("/api/v1/exports/" + made["digest"].get<std::string>(), 404);
  const Json log = get("/api/v1/exports")["exports"];
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0], made);
  EXPECT_EQ(log[0]["who"], "ana@desk");
  EXPECT_EQ(log[0]["remote"], "127.0.0.1");
  EXPECT_EQ(log[0]["what"]["names"][0], "vib");
}

TEST_F(KeepingApiTest, RefusesExportsThatSayTooLittle) {
  EXPECT_THAT(post("/api/v1/exports", {{"table", "samples"}}, 400)["error"].get<std::string>(),
              HasSubstr("'who'"));
  EXPECT_THAT(
      post("/api/v1/exports", {{"table", "cats"}, {"who", "x"}}, 400)["error"].get<std::string>(),
      HasSubstr("cats"));
  post("/api/v1/exports", {{"table", "samples"}, {"who", "x"}, {"from", "soon"}}, 400);
  post("/api/v1/exports", {{"table", "samples"}, {"who", "x"}, {"assets", "a1"}}, 400);
  EXPECT_TRUE(store_.exports(9)->empty());
}

TEST_F(KeepingApiTest, BoundsWhatIsMadeAndNotFetched) {
  const auto make = [&](std::size_t i, int status) {
    return post("/api/v1/exports",
                {{"table", "samples"},
                 {"format", "csv"},
                 {"who", "x"},
                 {"to", format_time(suite::start + seconds(10 * static_cast<std::int64_t>(i)))}},
                status);
  };
  for (std::size_t i = 0; i < api::KeepingApi::waiting_max; ++i) make(i, 200);
  make(50, 503);
  clock_.advance(api::KeepingApi::waiting_time + seconds(1));
  make(51, 200);
}

TEST_F(KeepingApiTest, DeletesAnAssetThatIsNamedTwice) {
  Batch batch;
  batch.events.push_back(suite::alert("e1", true, suite::start, "hot"));
  ASSERT_TRUE(store_.commit(batch));
  ASSERT_TRUE(catalog_.acknowledge("e1", {"ana", suite::start, "seen"}));
  const std::string path = "/api/v1/assets/a1/delete";
  post(path, {{"who", "ana@desk"}}, 400);
  post(path, {{"who", "ana@desk"}, {"confirm", "a2"}}, 400);
  EXPECT_EQ(store_.row_counts()->samples, 3u * 1'440);
  const Json done = post(path, {{"who", "ana@desk"}, {"confirm", "a1"}});
  EXPECT_EQ(done["removed"], 2'881);
  EXPECT_EQ(done["remaining"], 0);
  EXPECT_EQ(store_.row_counts()->samples, 1'440u);
  EXPECT_TRUE(catalog_.acknowledgements({"e1"})->empty());
  EXPECT_EQ(deleted_, std::vector<std::string>{"a1"});
  EXPECT_EQ(get("/api/v1/deletions")["deletions"][0], done);
  post(path, {{"who", "ana@desk"}, {"confirm", "a1"}}, 404);
}

}  // namespace
}  // namespace wayside::hub
