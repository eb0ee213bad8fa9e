#include "hub/store/clickhouse/clickhouse_store.hpp"

#include <gmock/gmock.h>

#include "hub/store/clickhouse/store_fixture.hpp"
#include "hub/store/replay_suite.hpp"

namespace wayside::hub {
namespace {

class ClickhouseStoreTest : public suite::ClickhouseFixture {};

TEST_F(ClickhouseStoreTest, KeepsWhatItIsGiven) {
  suite::keeps_what_it_is_given(*open());
}
TEST_F(ClickhouseStoreTest, GivesSeries) {
  suite::gives_series(*open());
}
TEST_F(ClickhouseStoreTest, ReducesSeries) {
  suite::reduces_series(*open());
}
TEST_F(ClickhouseStoreTest, GivesDecisionsAndEvents) {
  suite::gives_decisions_and_events(*open());
}
TEST_F(ClickhouseStoreTest, EndsAlerts) {
  suite::ends_alerts(*open());
}
TEST_F(ClickhouseStoreTest, KeepsWhatCameAhead) {
  suite::keeps_what_came_ahead(*open());
  const auto store = open();
  EXPECT_EQ(store->query("select queued from ledger", {})->rows_json, "[[40]]");
  EXPECT_EQ(server_->ask("SELECT queued FROM " + options_.database + ".ledger"), "40\n");
}
/// From tables as version 1 made them.
TEST_F(ClickhouseStoreTest, TakesUpTablesOfVersion1) {
  const auto streams = suite::batch_of_everything();
  ASSERT_TRUE(open()->commit(streams));
  server_->ask("DROP TABLE " + options_.database + ".ledger");
  server_->ask("ALTER TABLE " + options_.database +
               ".stream_rows DROP COLUMN ahead, DROP COLUMN ahead_records");
  server_->ask("CREATE VIEW " + options_.database + ".ledger AS SELECT produced FROM " +
               options_.database + ".stream_rows");
  EXPECT_EQ(open()->streams().value(), streams.streams);
  suite::keeps_what_came_ahead(*open());
  EXPECT_NE(server_->ask("SELECT sum(queued) FROM " + options_.database + ".ledger"), "");
}
TEST_F(ClickhouseStoreTest, KeepsAlertsThatComeEnded) {
  suite::keeps_alerts_that_come_ended(*open());
}
TEST_F(ClickhouseStoreTest, KeepsClosedStreams) {
  suite::keeps_closed_streams(*open());
}

TEST_F(ClickhouseStoreTest, CountsWhatItHolds) {
  suite::counts_what_it_holds(*open());
}
TEST_F(ClickhouseStoreTest, RemovesOldSamples) {
  suite::removes_old_samples(*open());
}
TEST_F(ClickhouseStoreTest, RemovesOldHistory) {
  suite::removes_old_history(*open());
}
TEST_F(ClickhouseStoreTest, AddsLateSamplesToTheHistory) {
  suite::adds_late_samples_to_the_history(*open());
}
TEST_F(ClickhouseStoreTest, RemovesOldRowsByKind) {
  suite::removes_old_rows_by_kind(*open());
}
TEST_F(ClickhouseStoreTest, DeletesAnAsset) {
  suite::deletes_an_asset(*open());
}
TEST_F(ClickhouseStoreTest, ExportsSamples) {
  suite::exports_samples(*open());
}
TEST_F(ClickhouseStoreTest, GivesSamplesForAReplay) {
  suite::gives_samples_for_a_replay(*open());
}
TEST_F(ClickhouseStoreTest, ReplacesFeatures) {
  suite::replaces_features(*open());
}

TEST_F(ClickhouseStoreTest, StoresEveryRecordOnce) {
  const auto store = open();
  // Every commit is a round trip or five; the property has thousands of them in the other stores.
  rc::detail::Configuration few = rc::detail::configuration();
  few.testParams.maxSuccess = 25;
  int round = 0;
  const auto result = rc::detail::checkTestable(
      [&] { suite::stores_every_record_once(*store, std::to_string(++round)); },
      rc::detail::TestMetadata{}, few.testParams);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << [&] {
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    return text.str();
  }();
}

TEST_F(ClickhouseStoreTest, FindsEverythingAgainAfterOpening) {
  const Batch batch = suite::batch_of_everything();
  ASSERT_TRUE(open()->commit(batch));
  const auto store = open();
  EXPECT_EQ(store->streams().value(), batch.streams);
  EXPECT_EQ(store->row_counts().value(), (RowCounts{6, 4, 2, 1, 2}));
}

TEST_F(ClickhouseStoreTest, AnswersTheSameFromTheServersOwnViews) {
  const auto store = open();
  ASSERT_TRUE(store->commit(suite::batch_of_everything()));
  const auto count = [&](const std::string& table) {
    return server_->ask("SELECT count() FROM " + options_.database + "." + table);
  };
  EXPECT_EQ(count("samples"), "6\n");
  EXPECT_EQ(count("features"), "4\n");
  EXPECT_EQ(count("decisions"), "2\n");
  EXPECT_EQ(count("events"), "1\n");
  EXPECT_EQ(count("health"), "2\n");
  EXPECT_EQ(count("assets"), "2\n");
  EXPECT_EQ(count("latest"), "3\n");
  EXPECT_EQ(count("gaps"), "1\n");
  EXPECT_EQ(
      server_->ask("SELECT epoch, tier, produced, queued FROM " + options_.database + ".ledger"),
      "0000000000000007\tbulk\t9\t3\n");
}

TEST_F(ClickhouseStoreTest, RefusesTablesOfALaterVersion) {
  ASSERT_TRUE(open());
  server_->ask("INSERT INTO " + options_.database + ".wayside_schema VALUES (99)");
  const auto store = make_clickhouse_store(options_, Log());
  const Status opened = store->recover();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("version 99"));
}

TEST_F(ClickhouseStoreTest, ALaterHubTakesOver) {
  const auto first = open();
  ASSERT_TRUE(first->commit(suite::batch_of_everything()));
  const auto second = open();
  Batch batch;
  batch.samples.push_back({"n1", suite::block("a1", "temp", suite::start + days(1), {8})});
  Status refused = first->commit(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  refused = first->recover();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("another hub"));
  // What the first one had inserted counts for nothing, now and later.
  EXPECT_EQ(second->row_counts()->samples, 6u);
  EXPECT_EQ(open()->row_counts()->samples, 6u);
}

}  // namespace
}  // namespace wayside::hub
