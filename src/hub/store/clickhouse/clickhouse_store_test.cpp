#include "hub/store/clickhouse/clickhouse_store.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

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
TEST_F(ClickhouseStoreTest, BoundsSeries) {
  suite::bounds_series(*open());
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
  server_->ask("DROP TABLE " + options_.database + ".wayside_schema");
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
TEST_F(ClickhouseStoreTest, DeletesAnAssetThatLives) {
  suite::deletes_an_asset_that_lives(*open());
  const auto last = open()->last_values({});
  ASSERT_TRUE(last) << last.error().message;
  EXPECT_EQ(last->size(), 1u) << "what came after the deletion had begun is found again";
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

/// What a closed stream never got is dropped, as in the other stores.
TEST_F(ClickhouseStoreTest, TheLedgerBalancesOnceAnEpochHasEnded) {
  const auto store = open();
  Batch batch;
  const StreamKey key{"n1", 7, telemetry::Tier::bulk};
  batch.streams[key] = {9, 4, 2, 1, 1, suite::start, true, {{7, 7}}};
  ASSERT_TRUE(store->commit(batch));
  const std::string sql = "select produced, delivered, dropped, queued from ";
  EXPECT_EQ(store->query(sql + "ledger", {})->rows_json, "[[9,2,5,0]]");
  EXPECT_EQ(store->query(sql + "ledger where dropped = 5", {})->rows, 1u);
  EXPECT_EQ(server_->ask(sql + options_.database + ".ledger"), "9\t2\t5\t0\n");
}

/// However often an interval's samples left.
TEST_F(ClickhouseStoreTest, TheHistoryHasOneRowAnInterval) {
  const auto store = open();
  suite::adds_late_samples_to_the_history(*store);
  const suite::LongSignal signal;
  const auto& [at, first] = *signal.by_minute.begin();
  const auto rows = store->query(
      "select every, count, mean, min, max, first, last from "
      "downsampled where asset = 'a1' order by time",
      {});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->rows, signal.by_minute.size());
  const auto of_first = nlohmann::json::parse(rows->rows_json).at(0);
  EXPECT_EQ(of_first, (nlohmann::json{60'000'000'000, first.count,
                                      first.sum / static_cast<double>(first.count), first.min,
                                      first.max, first.first, first.last}));
  ExportRequest request;
  request.kind = RecordKind::downsampled;
  request.format = ExportFormat::csv;
  const auto file = store->export_rows(request);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->rows, signal.by_minute.size());
}

TEST_F(ClickhouseStoreTest, TellsOfExportsAndDeletions) {
  const auto store = open();
  suite::deletes_an_asset(*store);
  EXPECT_EQ(
      store
          ->query("select asset, who, remote, requested, finished, removed, remaining from "
                  "deletions",
                  {})
          ->rows_json,
      R"([["a1","ana@desk","10.0.0.7","2026-01-02T00:00:00Z","2026-01-02T00:00:07Z",2292,0]])");
  ASSERT_TRUE(store->log_export({suite::start, {"bo", "::1"}, "{}", 3, 9, "d"}));
  EXPECT_EQ(store->query("select * from exports", {})->rows_json,
            R"([["2026-01-01T00:00:00Z","bo","::1","{}",3,9,"d"]])");
}

/// A table with its columns, whether it has rows or not, in a folder that the next start empties.
TEST_F(ClickhouseStoreTest, ExportsNothingAsAFileWithoutRows) {
  struct Columns final : table::TableWriter {
    void set_text(std::size_t, std::string_view) override {}
    void set_integer(std::size_t, std::int64_t) override {}
    void set_time(std::size_t, Time) override {}
    void set_number(std::size_t, double) override {}
    void set_boolean(std::size_t, bool) override {}
    Status end_row() override { return {}; }
    Status finish() override { return {}; }
  };
  std::vector<table::Column> columns;
  options_.parquet = [&](const std::string&, const std::vector<table::Column>& given,
                         const table::Metadata&) -> Result<std::unique_ptr<table::TableWriter>> {
    columns = given;
    return std::make_unique<Columns>();
  };
  auto store = open();
  ExportRequest request;
  const auto parquet = store->export_rows(request);
  ASSERT_TRUE(parquet) << parquet.error().message;
  EXPECT_EQ(parquet->rows, 0u);
  std::string types;
  for (const table::Column& column : columns)
    types += fmt::format("{} {},", column.name, static_cast<int>(column.type));
  EXPECT_EQ(types, "node 0,asset 0,signal 0,version 1,time 2,value 3,quality 0,");
  request.format = ExportFormat::csv;
  const auto csv = store->export_rows(request);
  ASSERT_TRUE(csv) << csv.error().message;
  EXPECT_EQ(suite::lines_of(csv->path),
            std::vector<std::string>{"node,asset,signal,version,time,value,quality"});
  store = open();
  EXPECT_TRUE(std::filesystem::is_empty(options_.exports));
}

/// A hub that stops waits for no server.
TEST_F(ClickhouseStoreTest, StopsWhileTheServerHangs) {
  const auto store = open();
  ASSERT_TRUE(store->commit(suite::two_tiers()));
  KeepingPolicy policy;
  policy.of(RecordKind::samples, telemetry::Tier::bulk) = hours(2);
  server_->freeze();
  std::promise<void> begun;
  auto step = std::async(std::launch::async, [&] {
    begun.set_value();
    return store->maintain(policy, suite::start + hours(5));
  });
  begun.get_future().wait();
  store->end_keeping();
  EXPECT_EQ(step.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  server_->thaw();
  EXPECT_FALSE(step.get());
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
