#include <fmt/format.h>
#include <unistd.h>
#include <atomic>
#include <filesystem>
#include <thread>

#include "hub/store/duckdb/duckdb_store.hpp"
#include "hub/store/keeping_suite.hpp"

namespace wayside::hub {
namespace {

namespace fs = std::filesystem;

/// What happens to an archive's folder beside the store: other hubs, other disks.
class DuckdbArchiveTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("wayside-archive-{}", ::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    policy_.archive_after = days(1);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] Result<std::unique_ptr<TelemetryStore>> try_open(const char* name) const {
    DuckdbOptions options;
    options.path = folder_ / name;
    options.memory_bytes = 256u << 20;
    options.archive = archive_;
    options.limits = {100'000, 100'000, 4};
    return open_duckdb_store(options, Log());
  }
  [[nodiscard]] std::unique_ptr<TelemetryStore> open(const char* name = "store") const {
    auto store = try_open(name);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  /// Commits 100 samples of the first day.
  static void commit(TelemetryStore& store, const std::string& asset) {
    Batch batch;
    batch.samples.push_back({"n1",
                             suite::block(asset, "s", suite::start, std::vector<double>(100, 1)),
                             telemetry::Tier::bulk});
    const Status committed = store.commit(batch);
    ASSERT_TRUE(committed) << committed.error().message;
  }
  std::uint64_t maintain(TelemetryStore& store) const {
    return suite::maintain_all(store, policy_, now_).archived;
  }
  static std::string count(TelemetryStore& store) {
    const auto result = store.query("select count(*) from samples", {});
    EXPECT_TRUE(result) << result.error().message;
    return result ? result->rows_json : "";
  }
  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(archive_))
      if (entry.path().extension() == ".parquet") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  fs::path folder_;
  const fs::path archive_ =
      fs::temp_directory_path() / fmt::format("wayside-archive-{}", ::getpid()) / "archive";
  KeepingPolicy policy_;
  const Time now_ = suite::start + days(3);
};

/// A file that is gone from the catalogue waits for its last reader: no other gets its name.
TEST_F(DuckdbArchiveTest, UsesANumberOnce) {
  const auto store = open();
  commit(*store, "a1");
  ASSERT_EQ(maintain(*store), 100u);
  std::atomic<bool> at_work = false, done = false;
  QueryLimits limits;
  limits.timeout = minutes(5);
  limits.abandoned = [&] {
    at_work = true;
    at_work.notify_all();
    return done.load();
  };
  std::thread reader([&] {
    EXPECT_FALSE(
        store->query("select sum(a.range * b.range) from range(10000000) a, "
                     "range(10000000) b",
                     limits));
  });
  at_work.wait(false);
  KeepingPolicy none = policy_;
  none.of(RecordKind::samples, telemetry::Tier::bulk) = days(1);
  EXPECT_EQ(suite::maintain_all(*store, none, now_).removed, 100u);
  commit(*store, "a1");
  EXPECT_EQ(maintain(*store), 100u);
  done = true;
  reader.join();
  EXPECT_EQ(maintain(*store), 0u);
  EXPECT_EQ(files().size(), 1u);
  EXPECT_TRUE(store->problems().empty());
  EXPECT_EQ(count(*store), "[[100]]");
}

/// An old copy of the database does not know the files that came later, and leaves them alone.
TEST_F(DuckdbArchiveTest, KeepsAnOldCopyFromItsFiles) {
  auto store = open();
  commit(*store, "a1");
  EXPECT_EQ(maintain(*store), 100u);
  store.reset();
  fs::copy_file(folder_ / "store", folder_ / "copy");
  store = open();
  commit(*store, "a2");
  EXPECT_EQ(maintain(*store), 100u);
  store.reset();
  const auto before = files();
  ASSERT_EQ(before.size(), 2u);
  const auto copy = try_open("copy");
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().code, Errc::conflict);
  EXPECT_THAT(copy.error().message, testing::HasSubstr(before[1]));
  EXPECT_THAT(copy.error().message, testing::HasSubstr("old copy"));
  EXPECT_EQ(files(), before);
  EXPECT_EQ(count(*open()), "[[200]]");
  // With the files it knows it is as good as any.
  fs::remove(before[1]);
  EXPECT_EQ(count(*open("copy")), "[[100]]");
}

TEST_F(DuckdbArchiveTest, BelongsToOneHubAtATime) {
  auto store = open();
  commit(*store, "a1");
  store.reset();
  fs::copy_file(folder_ / "store", folder_ / "copy");
  store = open();
  const auto copy = try_open("copy");
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().code, Errc::conflict);
  EXPECT_THAT(copy.error().message, testing::HasSubstr("another hub"));
  store.reset();
  EXPECT_TRUE(open("copy"));
}

/// Where the archive's disk is not mounted there is an empty folder.
TEST_F(DuckdbArchiveTest, WritesNothingWhereItsDiskIsAway) {
  auto store = open();
  commit(*store, "a1");
  EXPECT_EQ(maintain(*store), 100u);
  store.reset();
  fs::rename(archive_, folder_ / "disk");
  fs::create_directories(archive_);
  store = open();
  commit(*store, "a2");
  KeepingPolicy policy = policy_;
  policy.of(RecordKind::samples, telemetry::Tier::critical) = days(1);
  Batch old;
  old.samples.push_back(
      {"n1", suite::block("a3", "s", suite::start, {1, 2}), telemetry::Tier::critical});
  ASSERT_TRUE(store->commit(old));
  const auto done = suite::maintain_all(*store, policy, now_);
  EXPECT_EQ(done.archived, 0u);
  EXPECT_EQ(done.removed, 2u) << "the rest of keeping goes on";
  EXPECT_TRUE(fs::is_empty(archive_));
  const auto problems = store->problems();
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems[0], testing::HasSubstr("not where it was"));
  EXPECT_THAT(problems[1], testing::HasSubstr("lacks 1 files"));
  EXPECT_EQ(count(*store), "[[100]]");
  fs::remove(archive_);
  fs::rename(folder_ / "disk", archive_);
  EXPECT_EQ(maintain(*store), 100u);
  EXPECT_TRUE(store->problems().empty());
  EXPECT_EQ(count(*store), "[[200]]");
}

/// A disk that goes while the hub runs, and comes back.
TEST_F(DuckdbArchiveTest, NoticesWhenItsDiskGoesAndComes) {
  const auto store = open();
  commit(*store, "a1");
  EXPECT_EQ(maintain(*store), 100u);
  commit(*store, "a2");
  fs::rename(archive_, folder_ / "disk");
  EXPECT_EQ(maintain(*store), 0u);
  EXPECT_FALSE(fs::exists(archive_));
  EXPECT_EQ(store->problems().size(), 2u);
  EXPECT_EQ(count(*store), "[[100]]");
  EXPECT_EQ(suite::one_series(*store, "a1", "s", suite::start, now_).values.size(), 0u);
  fs::rename(folder_ / "disk", archive_);
  EXPECT_EQ(maintain(*store), 100u);
  EXPECT_TRUE(store->problems().empty());
  EXPECT_EQ(count(*store), "[[200]]");
  EXPECT_EQ(suite::one_series(*store, "a1", "s", suite::start, now_).values.size(), 100u);
}

TEST_F(DuckdbArchiveTest, NoticesWhenAFileGoes) {
  const auto store = open();
  commit(*store, "a1");
  EXPECT_EQ(maintain(*store), 100u);
  const fs::path file = files().at(0);
  fs::rename(file, folder_ / "away");
  const auto first = store->query("select count(*) from samples", {});
  ASSERT_FALSE(first) << first->rows_json;
  EXPECT_EQ(first.error().code, Errc::io) << first.error().message;
  EXPECT_EQ(count(*store), "[[0]]") << "nobody waits for the next round";
  EXPECT_EQ(store->problems().size(), 1u);
  commit(*store, "a2");
  EXPECT_EQ(maintain(*store), 100u);
  ASSERT_EQ(store->problems().size(), 1u);
  EXPECT_THAT(store->problems()[0], testing::HasSubstr(file));
  EXPECT_EQ(count(*store), "[[100]]");
  fs::rename(folder_ / "away", file);
  EXPECT_EQ(maintain(*store), 0u);
  EXPECT_TRUE(store->problems().empty());
  EXPECT_EQ(count(*store), "[[200]]");
}

}  // namespace
}  // namespace wayside::hub
