// The same store over two servers: rows are spread by asset, answers are those of one server.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "hub/store/clickhouse/store_fixture.hpp"
#include "hub/store/replay_suite.hpp"

namespace wayside::hub {
namespace {

class ClickhouseClusterTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (test::ClickhouseServer::installed()) servers_ = test::ClickhouseServer::make_cluster(2);
  }
  static void TearDownTestSuite() { servers_.clear(); }
  void SetUp() override {
    if (servers_.empty()) GTEST_SKIP() << "clickhouse-server is not installed";
    for (const auto& server : servers_) options_.urls.push_back(server->url());
    options_.cluster = test::ClickhouseServer::cluster_name;
    options_.database = testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  [[nodiscard]] std::unique_ptr<TelemetryStore> open() const {
    return suite::open_clickhouse(options_);
  }

  inline static std::vector<std::unique_ptr<test::ClickhouseServer>> servers_;
  ClickhouseOptions options_;
};

TEST_F(ClickhouseClusterTest, KeepsWhatItIsGiven) {
  suite::keeps_what_it_is_given(*open());
}
TEST_F(ClickhouseClusterTest, GivesSeries) {
  suite::gives_series(*open());
}
TEST_F(ClickhouseClusterTest, EndsAlerts) {
  suite::ends_alerts(*open());
}
TEST_F(ClickhouseClusterTest, RemovesOldSamples) {
  suite::removes_old_samples(*open());
}
TEST_F(ClickhouseClusterTest, DeletesAnAsset) {
  suite::deletes_an_asset(*open());
}
TEST_F(ClickhouseClusterTest, ReplacesFeatures) {
  suite::replaces_features(*open());
}

TEST_F(ClickhouseClusterTest, SpreadsRowsAndAnswersAsOne) {
  const auto store = open();
  Batch batch;
  for (int i = 0; i < 40; ++i) {
    const std::string asset = "a" + std::to_string(i);
    batch.samples.push_back({"n1", suite::block(asset, "s", suite::start, {1, 2, 3})});
    batch.assets.push_back({"n1", asset, "north", i % 2 == 0 ? "pump" : "fan", {}});
  }
  ASSERT_TRUE(store->commit(batch));
  for (const auto& server : servers_)
    EXPECT_NE(server->ask("SELECT count() FROM " + options_.database + ".sample_rows"), "0\n");
  EXPECT_EQ(store->row_counts()->samples, 120u);
  const auto rows = [&](const std::string& sql) {
    const auto result = store->query(sql, {});
    EXPECT_TRUE(result) << result.error().message;
    return result ? result->rows_json : "";
  };
  EXPECT_EQ(rows("select count(), sum(value) from samples"), "[[120,240]]");
  EXPECT_EQ(rows("select kind, count() from (select node, asset from samples) all inner join "
                 "(select node, asset, kind from assets) using (node, asset) group by kind order "
                 "by kind"),
            R"([["fan",60],["pump",60]])");
  EXPECT_EQ(rows("select count() from samples where asset in (select asset from samples where "
                 "asset in ('a1', 'a2'))"),
            "[[6]]");
}

/// What one shard had taken of a batch that another refused counts for nothing.
TEST_F(ClickhouseClusterTest, ABatchThatOneShardRefusesCountsForNothing) {
  const auto store = open();
  Batch batch;
  for (int i = 0; i < 40; ++i)
    batch.samples.push_back(
        {"n1", suite::block("a" + std::to_string(i), "s", suite::start, {1, 2, 3})});
  ASSERT_TRUE(store->commit(batch));
  servers_[1]->ask("DROP TABLE " + options_.database + ".sample_rows");
  const Status refused = store->commit(batch);
  ASSERT_FALSE(refused);
  const Status recovered = store->recover();  // makes what is missing
  ASSERT_TRUE(recovered) << recovered.error().message;
  const std::uint64_t left = store->row_counts()->samples;
  EXPECT_LT(left, 120u);
  EXPECT_EQ(servers_[0]->ask("SELECT count() FROM " + options_.database +
                             ".sample_rows WHERE commit > 1"),
            "0\n");
  ASSERT_TRUE(store->commit(batch));
  EXPECT_EQ(store->row_counts()->samples, left + 120);
}

}  // namespace
}  // namespace wayside::hub
