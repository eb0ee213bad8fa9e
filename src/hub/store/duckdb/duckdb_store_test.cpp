#include "hub/store/duckdb/duckdb_store.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "hub/store/replay_suite.hpp"

namespace wayside::hub {
namespace {

namespace fs = std::filesystem;

class DuckdbStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("wayside-duckdb-{}", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return folder_ / "telemetry.duckdb"; }
  [[nodiscard]] std::unique_ptr<TelemetryStore> open() const {
    auto store = open_duckdb_store({path(), 256u << 20, 2}, Log());
    EXPECT_TRUE(store) << store.error().message;
    return std::move(store.value());
  }
  fs::path folder_;
};

TEST_F(DuckdbStoreTest, KeepsWhatItIsGiven) {
  suite::keeps_what_it_is_given(*open());
}
TEST_F(DuckdbStoreTest, GivesSeries) {
  suite::gives_series(*open());
}
TEST_F(DuckdbStoreTest, GivesSamplesForAReplay) {
  suite::gives_samples_for_a_replay(*open());
}
TEST_F(DuckdbStoreTest, ReplacesFeatures) {
  suite::replaces_features(*open());
}
TEST_F(DuckdbStoreTest, BoundsSeries) {
  suite::bounds_series(*open());
}
TEST_F(DuckdbStoreTest, ReducesSeries) {
  suite::reduces_series(*open());
}
TEST_F(DuckdbStoreTest, GivesDecisionsAndEvents) {
  suite::gives_decisions_and_events(*open());
}
TEST_F(DuckdbStoreTest, EndsAlerts) {
  suite::ends_alerts(*open());
}
TEST_F(DuckdbStoreTest, KeepsWhatCameAhead) {
  suite::keeps_what_came_ahead(*open());
  const auto store = open();
  EXPECT_EQ(store->query("select queued from ledger", {})->rows_json, "[[40]]");
}
TEST_F(DuckdbStoreTest, KeepsAlertsThatComeEnded) {
  suite::keeps_alerts_that_come_ended(*open());
}

TEST(DuckdbStore, StoresEveryRecordOnce) {
  const auto store = std::move(open_duckdb_store({":memory:", 256u << 20, 2}, Log()).value());
  int round = 0;
  EXPECT_TRUE(rc::check([&] { suite::stores_every_record_once(*store, std::to_string(++round)); }));
}

TEST(DuckdbStore, EndsAReadThatTakesTooLong) {
  DuckdbOptions options{":memory:", 512u << 20, 2, Duration{1}};
  const auto store = std::move(open_duckdb_store(options, Log()).value());
  Batch batch;
  batch.samples.push_back(
      {"n1", suite::block("a1", "temp", suite::start, std::vector<double>(1'000'000, 1))});
  ASSERT_TRUE(store->commit(batch));
  SeriesRequest request;
  request.asset = "a1";
  request.from = suite::start;
  request.to = suite::start + seconds(2'000'000);
  // An interrupt that comes between two of DuckDB's steps is forgotten.
  auto series = store->series(request);
  for (int i = 0; i < 100 && series; ++i) series = store->series(request);
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code, Errc::timeout) << series.error().message;
  EXPECT_NE(series.error().message.find("shorter range"), std::string::npos);
}

TEST_F(DuckdbStoreTest, FindsEverythingAgainAfterOpening) {
  const Batch batch = suite::batch_of_everything();
  ASSERT_TRUE(open()->commit(batch));
  const auto store = open();
  EXPECT_EQ(store->streams().value(), batch.streams);
  EXPECT_EQ(store->row_counts().value(), (RowCounts{6, 4, 2, 1, 2}));
  // Series that are known keep their ids, new ones get others.
  Batch next;
  next.samples.push_back({"n1", suite::block("a1", "temp", suite::start + seconds(20), {8})});
  next.samples.push_back({"n1", suite::block("a1", "new", suite::start + seconds(20), {9})});
  ASSERT_TRUE(store->commit(next));
  const auto rows = store->query(
      "select signal, value from samples where time > '2026-01-01T00:00:15Z' order by 1", {});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->rows_json, R"([["new",9],["temp",8]])");
}

/// A child commits batches until it is killed, telling after each; what it told of is there.
TEST_F(DuckdbStoreTest, LosesNothingCommittedWhenKilled) {
  ASSERT_TRUE(open());
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto store = open();
    for (std::uint64_t i = 1;; ++i) {
      Batch batch;
      batch.samples.push_back(
          {"n1", suite::block("a1", "s", suite::start, std::vector<double>(500, 1.0))});
      batch.streams[{"n1", 7, telemetry::Tier::bulk}] = {i, i, i, 0, 0, suite::start};
      if (!store->commit(batch) || ::write(told[1], &i, sizeof i) != sizeof i) ::_exit(1);
    }
  }
  ::close(told[1]);
  std::uint64_t last = 0;
  while (last < 25 && ::read(told[0], &last, sizeof last) == sizeof last) {
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (::read(told[0], &last, sizeof last) == sizeof last) {
  }
  ::close(told[0]);
  ASSERT_GE(last, 25u);
  const auto store = open();
  const auto totals = store->streams().value().at({"n1", 7, telemetry::Tier::bulk});
  EXPECT_GE(totals.watermark, last);
  EXPECT_LE(totals.watermark, last + 1);
  EXPECT_EQ(store->row_counts().value().samples, totals.watermark * 500);
}

/// No room on the disk: the commit fails and says so; with room again the store recovers and what
/// it reports is what it holds.
TEST_F(DuckdbStoreTest, RecoversFromAFullDisk) {
  const auto store = open();
  const auto batch = [](std::uint64_t i) {
    Batch b;
    std::vector<double> values;
    for (int k = 0; k < 50'000; ++k) values.push_back(static_cast<double>(k * 7919 % 10'007) * 0.1);
    b.samples.push_back({"n1", suite::block("a1", "s", suite::start, values)});
    b.streams[{"n1", 7, telemetry::Tier::bulk}] = {i, i, i, 0, 0, suite::start};
    return b;
  };
  ASSERT_TRUE(store->commit(batch(1)));
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit room{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &room), 0);
  const rlimit little{1'500'000, room.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  Status committed;
  std::uint64_t i = 1;
  while (committed && i < 50) committed = store->commit(batch(++i));
  ASSERT_FALSE(committed) << "it never ran out of room";
  EXPECT_EQ(committed.error().code, Errc::full) << committed.error().message;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &room), 0);
  std::signal(SIGXFSZ, before);
  const Status recovered = store->recover();
  ASSERT_TRUE(recovered) << recovered.error().message;
  const auto at = store->streams().value().at({"n1", 7, telemetry::Tier::bulk}).watermark;
  EXPECT_GE(at, i - 1);
  EXPECT_EQ(store->row_counts().value().samples, at * 50'000);
  EXPECT_TRUE(store->commit(batch(at + 1)));
}

TEST_F(DuckdbStoreTest, SaysWhatIsWrongWithAFile) {
  std::ofstream(path()) << "this is no database, but text that is long enough to be read as one";
  auto store = open_duckdb_store({path(), 256u << 20, 2}, Log());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, testing::HasSubstr(path()));
  store = open_duckdb_store({folder_ / "no" / "such" / "x.duckdb", 256u << 20, 2}, Log());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::io);
}

}  // namespace
}  // namespace wayside::hub
