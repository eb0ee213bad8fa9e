#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "hub/store/duckdb/duckdb_store.hpp"
#include "hub/store/keeping_suite.hpp"

namespace wayside::hub {
namespace {

namespace fs = std::filesystem;

/// A file system in memory, of a size; gone with it.
struct SmallDisk {
  SmallDisk(const fs::path& place, const char* size)
      : path(place), there(::mount("none", place.c_str(), "tmpfs", 0, size) == 0) {
    if (!there) why = std::strerror(errno);
  }
  ~SmallDisk() {
    if (there) ::umount2(path.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool resize(const char* size) const {
    return ::mount("none", path.c_str(), "tmpfs", MS_REMOUNT, size) == 0;
  }

  fs::path path;
  bool there;
  std::string why;
};

/// A store in a folder of its own, with an archive beside it.
class DuckdbKeepingTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("wayside-keeping-{}", ::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    policy_.archive_after = days(1);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] DuckdbOptions options() const {
    DuckdbOptions options;
    options.path = folder_ / "telemetry.duckdb";
    options.memory_bytes = 256u << 20;
    options.archive = folder_ / "archive";
    options.limits = {500, 100'000, 4};
    return options;
  }
  [[nodiscard]] std::unique_ptr<TelemetryStore> open() const {
    auto store = open_duckdb_store(options(), Log());
    EXPECT_TRUE(store) << store.error().message;
    return std::move(store.value());
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "archive"))
      if (entry.is_regular_file() && entry.path().extension() != ".archive")
        files.push_back(entry.path().lexically_relative(folder_));
    std::sort(files.begin(), files.end());
    return files;
  }
  static std::string rows(TelemetryStore& store, const std::string& sql) {
    const auto result = store.query(sql, {});
    EXPECT_TRUE(result) << sql << "\n" << result.error().message;
    return result ? result->rows_json : "";
  }

  fs::path folder_;
  KeepingPolicy policy_;
  const Time now_ = suite::start + days(3);
};

TEST_F(DuckdbKeepingTest, CountsWhatItHolds) {
  suite::counts_what_it_holds(*open());
}
TEST_F(DuckdbKeepingTest, RemovesOldSamples) {
  suite::removes_old_samples(*open());
}
TEST_F(DuckdbKeepingTest, RemovesOldHistory) {
  suite::removes_old_history(*open());
}
TEST_F(DuckdbKeepingTest, AddsLateSamplesToTheHistory) {
  suite::adds_late_samples_to_the_history(*open());
}
TEST_F(DuckdbKeepingTest, RemovesOldRowsByKind) {
  suite::removes_old_rows_by_kind(*open());
}
TEST_F(DuckdbKeepingTest, DeletesAnAsset) {
  suite::deletes_an_asset(*open());
}
TEST_F(DuckdbKeepingTest, DeletesAnAssetThatLives) {
  suite::deletes_an_asset_that_lives(*open());
}
TEST_F(DuckdbKeepingTest, ExportsSamples) {
  suite::exports_samples(*open());
}
TEST_F(DuckdbKeepingTest, KeepsClosedStreams) {
  suite::keeps_closed_streams(*open());
}

/// The history that SQL shows is the one that plain reckoning gives.
TEST_F(DuckdbKeepingTest, TheHistoryIsExact) {
  const auto store = open();
  ASSERT_TRUE(store->commit(suite::two_tiers()));
  policy_.archive_after.reset();
  policy_.of(RecordKind::samples, telemetry::Tier::bulk) = hours(1);
  (void)suite::maintain_all(*store, policy_, now_);
  const auto result = store->query(
      "select epoch_ns(time), count, mean, min, max, first, last, every from downsampled where "
      "signal = 'vib' order by time",
      {});
  ASSERT_TRUE(result) << result.error().message;
  std::string expected = "[";
  const suite::LongSignal signal;
  for (const auto& [at, i] : signal.by_minute) {
    if (expected.size() > 1) expected += ',';
    expected += fmt::format(R"(["{}",{},{},{},{},{},{},"P0M0DT60S"])", at.ns, i.count, i.mean(),
                            i.min, i.max, i.first, i.last);
  }
  EXPECT_EQ(result->rows_json, expected + "]");
}

TEST_F(DuckdbKeepingTest, MovesColdDaysToFilesAndAnswersAsBefore) {
  auto store = open();
  Batch batch = suite::two_tiers();
  const suite::LongSignal signal(2'000);
  auto late = suite::block("a1", "vib", suite::start + days(2), {5, 6, 7});
  batch.samples.push_back({"n1", late, telemetry::Tier::bulk});
  batch.samples.push_back(
      {"n1", suite::block("a1", "same", suite::start, {3, 1, 2}, seconds(0)), {}});
  ASSERT_TRUE(store->commit(batch));
  const char* question =
      "select node, asset, signal, version, count(*), sum(value), min(time), max(time), "
      "count(distinct series), min(quality) from samples group by all order by all";
  const std::string before = rows(*store, question);
  const auto vib = suite::one_series(*store, "a1", "vib", suite::start, now_);
  const auto done = suite::maintain_all(*store, policy_, now_);
  EXPECT_EQ(done.archived, 4'323u);
  EXPECT_EQ(done.removed, 0u);
  const auto count = store->row_counts();
  EXPECT_EQ(count->samples, 4'326u);
  ASSERT_FALSE(files().empty());
  EXPECT_TRUE(files()[0].starts_with("archive/samples/day=2026-01-01/bulk-")) << files()[0];
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_EQ(rows(*store, question), before);
    const auto again = suite::one_series(*store, "a1", "vib", suite::start, now_);
    EXPECT_EQ(again.times, vib.times);
    EXPECT_EQ(again.values, vib.values);
    EXPECT_FALSE(again.downsampled_until);
    EXPECT_EQ(suite::one_series(*store, "a1", "same", suite::start, now_).values,
              (std::vector<double>{3, 1, 2}));
    EXPECT_EQ(suite::rows_of(*store, RecordKind::samples, telemetry::Tier::bulk, "a1"), 1'443u);
    store.reset();
    store = open();
  }
  EXPECT_GT(store->usage()->archive_bytes, 0u);
  EXPECT_EQ(store->usage()->archive_files, files().size());
}

/// Where points are few, the history stands in for the files, with the same spikes.
TEST_F(DuckdbKeepingTest, ShowsLongRangesFromTheHistory) {
  const auto store = open();
  ASSERT_TRUE(store->commit(suite::two_tiers()));
  (void)suite::maintain_all(*store, policy_, now_);
  const auto few =
      suite::one_series(*store, "a1", "vib", suite::start, suite::start + hours(4), 40);
  EXPECT_EQ(few.downsampled_until, suite::start + days(1));
  EXPECT_TRUE(few.reduced);
  const suite::LongSignal signal;
  const double highest = *std::max_element(signal.values.begin(), signal.values.end());
  const auto at = std::find(few.values.begin(), few.values.end(), highest);
  ASSERT_NE(at, few.values.end());
  const auto index = std::find(signal.values.begin(), signal.values.end(), highest);
  EXPECT_EQ(few.times[static_cast<std::size_t>(at - few.values.begin())],
            suite::start + seconds(10) * (index - signal.values.begin()));
  const auto many =
      suite::one_series(*store, "a1", "vib", suite::start, suite::start + hours(4), 5'000);
  EXPECT_FALSE(many.downsampled_until);
  EXPECT_EQ(many.values, signal.values);
}

TEST_F(DuckdbKeepingTest, MergesSmallFilesAndDropsOldDays) {
  const auto store = open();
  const suite::LongSignal signal;
  for (int part = 0; part < 6; ++part) {
    Batch batch;
    batch.samples.push_back(
        {"n1", signal.block(fmt::format("a{}", part), "s"), telemetry::Tier::diagnostic});
    ASSERT_TRUE(store->commit(batch));
    (void)suite::maintain_all(*store, policy_, now_);
  }
  EXPECT_LE(files().size(), 5u);
  EXPECT_EQ(rows(*store, "select asset, count(*) from samples group by all order by all"),
            R"([["a0",1440],["a1",1440],["a2",1440],["a3",1440],["a4",1440],["a5",1440]])");
  for (int part = 0; part < 6; ++part)
    EXPECT_EQ(suite::one_series(*store, fmt::format("a{}", part), "s", suite::start, now_).values,
              signal.values);
  policy_.of(RecordKind::samples, telemetry::Tier::diagnostic) = days(2);
  EXPECT_EQ(suite::maintain_all(*store, policy_, now_).removed, 6 * 1'440u);
  EXPECT_TRUE(files().empty());
  const auto series = suite::one_series(*store, "a3", "s", suite::start, now_);
  EXPECT_EQ(series.downsampled_until, suite::start + days(1));
  EXPECT_EQ(series.times.size(), 2 * signal.by_minute.size());
}

TEST_F(DuckdbKeepingTest, RewritesFilesWithoutADeletedAsset) {
  const auto store = open();
  ASSERT_TRUE(store->commit(suite::two_tiers()));
  (void)suite::maintain_all(*store, policy_, now_);
  const auto deleted = store->delete_asset({"a1", {"ana@desk", "::1"}, now_});
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ(deleted->remaining, 0u);
  EXPECT_EQ(deleted->removed, 2 * 1'440u + 2 * 240u);
  EXPECT_EQ(rows(*store, "select asset, count(*) from samples group by all"), R"([["a2",1440]])");
  EXPECT_EQ(rows(*store, "select asset, who, remote, removed, remaining from deletions"),
            R"([["a1","ana@desk","::1",3360,0]])");
  // What was only its own is no file any more.
  for (const std::string& file : files()) EXPECT_EQ(file.find("bulk"), std::string::npos) << file;
}

/// What the file and its log take is divided without a rest.
TEST_F(DuckdbKeepingTest, DividesTheBytesItTakes) {
  const auto store = open();
  ASSERT_TRUE(store->commit(suite::two_tiers()));
  const Usage usage = store->usage().value();
  std::uint64_t bytes = 0;
  for (const UsageLine& line : usage.lines) {
    EXPECT_GT(line.bytes, 0u);
    bytes += line.bytes;
  }
  EXPECT_NEAR(static_cast<double>(bytes), static_cast<double>(usage.store_bytes - usage.free_bytes),
              10);
}

/// A reader that began before an archive's file went still reads it.
TEST_F(DuckdbKeepingTest, LeavesReadersTheirSnapshot) {
  const auto store = open();
  ASSERT_TRUE(store->commit(suite::two_tiers()));
  (void)suite::maintain_all(*store, policy_, now_);
  std::atomic<bool> done = false;
  std::atomic<int> answers = 0;
  std::thread reader([&] {
    while (!done) {
      const auto rows = store->query("select count(*), sum(value) from samples", {});
      EXPECT_TRUE(rows) << rows.error().message;
      ++answers;
    }
  });
  const auto first = store->delete_asset({"a1", {}, now_});
  const auto second = store->delete_asset({"a2", {}, now_});
  while (answers < 5) std::this_thread::yield();
  done = true;
  reader.join();
  EXPECT_TRUE(first && second);
  EXPECT_TRUE(files().empty());
}

TEST_F(DuckdbKeepingTest, SaysWhichFilesAreMissing) {
  auto store = open();
  ASSERT_TRUE(store->commit(suite::two_tiers()));
  (void)suite::maintain_all(*store, policy_, now_);
  const auto all = files();
  store.reset();
  fs::rename(folder_ / all[0], folder_ / "away.parquet");
  store = open();
  ASSERT_EQ(store->problems().size(), 1u);
  EXPECT_THAT(store->problems()[0], testing::HasSubstr(folder_ / all[0]));
  EXPECT_NE(rows(*store, "select count(*) from samples"), "[[4320]]");
  const auto deleted = store->delete_asset({"a1", {}, now_});
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, Errc::unavailable);
  store.reset();
  fs::rename(folder_ / "away.parquet", folder_ / all[0]);
  store = open();
  EXPECT_TRUE(store->problems().empty());
  // The deletion is ended now.
  (void)suite::maintain_all(*store, policy_, now_);
  EXPECT_EQ(rows(*store, "select asset, count(*) from samples group by all"), R"([["a2",1440]])");
  EXPECT_TRUE(store->deletions(1)->front().finished);
}

/// An archive without room takes nothing and says so; commits go on, and so does the archive once
/// there is room.
TEST_F(DuckdbKeepingTest, WaitsForRoomInTheArchive) {
  const fs::path small = folder_ / "archive";
  fs::create_directories(small);
  const SmallDisk disk(small, "size=64k");
  if (!disk.there) GTEST_SKIP() << "mounting a small disk is not permitted here: " << disk.why;
  {
    const auto store = open();
    ASSERT_TRUE(store->commit(suite::two_tiers()));
    { std::ofstream(small / "filler") << std::string(100'000, 'x'); }  // what fits
    const auto step = store->maintain(policy_, now_);
    EXPECT_FALSE(step);
    const Error why = step ? Error{} : step.error();
    EXPECT_EQ(why.code, Errc::full) << why.message;
    EXPECT_EQ(rows(*store, "select count(*) from samples"), "[[4320]]");
    Batch batch;
    batch.samples.push_back({"n1", suite::block("a1", "temp", now_, {1}), {}});
    EXPECT_TRUE(store->commit(batch));
    fs::remove(small / "filler");
    EXPECT_TRUE(disk.resize("size=4m"));
    EXPECT_EQ(suite::maintain_all(*store, policy_, now_).archived, 4'320u);
    EXPECT_EQ(rows(*store, "select count(*) from samples"), "[[4321]]");
  }
}

/// The whole store on a disk that fills up: what fails is said, and is taken once there is room.
TEST_F(DuckdbKeepingTest, WaitsForRoomOnItsOwnDisk) {
  const SmallDisk disk(folder_, "size=3m");
  if (!disk.there) GTEST_SKIP() << "mounting a small disk is not permitted here: " << disk.why;
  {
    const auto store = open();
    const auto batch = [](std::uint64_t i) {
      Batch b;
      std::vector<double> values;
      for (int k = 0; k < 20'000; ++k) values.push_back(static_cast<double>(k * 7919 % 9973) * 0.1);
      b.samples.push_back({"n1", suite::block("a1", "s", suite::start, values), {}});
      b.streams[{"n1", 7, telemetry::Tier::bulk}] = {i, i, i, 0, 0, suite::start};
      return b;
    };
    Status committed;
    std::uint64_t i = 0;
    while (committed && i < 100) committed = store->commit(batch(++i));
    ASSERT_FALSE(committed) << "it never ran out of room";
    EXPECT_EQ(committed.error().code, Errc::full) << committed.error().message;
    EXPECT_TRUE(disk.resize("size=64m"));
    const Status recovered = store->recover();
    ASSERT_TRUE(recovered) << recovered.error().message;
    const auto streams = store->streams().value();
    const std::uint64_t at = streams.begin()->second.watermark;
    EXPECT_GE(at, i - 1);
    EXPECT_EQ(store->row_counts()->samples, at * 20'000);
    EXPECT_TRUE(store->commit(batch(at + 1)));
  }
}

TEST_F(DuckdbKeepingTest, LeavesFilesOfOtherStoresAlone) {
  auto store = open();
  ASSERT_TRUE(store->commit(suite::two_tiers()));
  (void)suite::maintain_all(*store, policy_, now_);
  store.reset();
  const auto ours = files();
  const fs::path other = folder_ / "archive/samples/day=2026-01-01/bulk-0123456789ab-1.parquet";
  fs::copy_file(folder_ / ours[0], other);
  fs::copy_file(folder_ / ours[0], folder_ / (ours[0] + ".x7Gh2K"));
  store = open();
  EXPECT_TRUE(fs::exists(other));
  EXPECT_EQ(files().size(), ours.size() + 1) << "what a crash left is gone";
  EXPECT_EQ(rows(*store, "select count(*) from samples"), "[[4320]]");
}

TEST_F(DuckdbKeepingTest, WantsAnArchiveForColdSamples) {
  DuckdbOptions none = options();
  none.archive.clear();
  const auto store = std::move(open_duckdb_store(none, Log()).value());
  const auto step = store->maintain(policy_, now_);
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace wayside::hub
