#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>

#include "hub/store/duckdb/duckdb_store.hpp"
#include "hub/store/keeping_suite.hpp"

namespace wayside::hub {
namespace {

namespace fs = std::filesystem;

/// What a process does to a store that ends by kill -9 between two of its steps, at every step
/// there is; and what the next one finds.
class DuckdbCrashTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("wayside-crash-{}", ::getpid());
    policy_.archive_after = days(1);
    fs::create_directories(folder_ / "full");
    ASSERT_TRUE(open("full")->commit(suite::two_tiers()));
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::unique_ptr<TelemetryStore> open(
      const char* place = "used", std::function<void(std::string_view)> on_step = {}) const {
    DuckdbOptions options;
    options.path = folder_ / place / "telemetry.duckdb";
    options.memory_bytes = 256u << 20;
    options.archive = folder_ / place / "archive";
    options.limits = {1'500, 100'000, 2};
    options.on_step = std::move(on_step);
    return std::move(open_duckdb_store(options, Log()).value());
  }

  void fill() const {
    fs::remove_all(folder_ / "used");
    fs::copy(folder_ / "full", folder_ / "used", fs::copy_options::recursive);
  }

  /// Runs `work` in a process that kills itself at step number `at`; true if it got that far.
  template <class F>
  [[nodiscard]] bool killed_at(int at, F&& work) const {
    const pid_t child = ::fork();
    if (child == 0) {
      int steps = 0;
      const auto store = open("used", [&](std::string_view) {
        if (++steps == at) ::kill(::getpid(), SIGKILL);
      });
      work(*store);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status);
  }

  /// Files of the archive are those of the catalogue.
  void expect_no_strangers(TelemetryStore& store) const {
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "used/archive"))
      files += entry.is_regular_file() && entry.path().extension() != ".archive" ? 1 : 0;
    EXPECT_EQ(files, store.usage()->archive_files);
  }

  static void maintain(TelemetryStore& store, const KeepingPolicy& policy, Time now) {
    for (;;) {
      const auto step = store.maintain(policy, now);
      if (!step || !step->more) return;
    }
  }

  fs::path folder_;
  KeepingPolicy policy_;
  const Time now_ = suite::start + days(3);
};

constexpr const char* every_row =
    "select asset, signal, count(*), count(distinct time), sum(value) from samples group by all "
    "order by all";

TEST_F(DuckdbCrashTest, ArchivingLosesAndDoublesNothing) {
  fill();
  const std::string before = open()->query(every_row, {})->rows_json;
  for (int at = 1;; ++at) {
    ASSERT_LT(at, 100);
    fill();
    const bool killed =
        killed_at(at, [&](TelemetryStore& store) { maintain(store, policy_, now_); });
    const auto store = open();
    ASSERT_EQ(store->query(every_row, {})->rows_json, before) << "killed at step " << at;
    expect_no_strangers(*store);
    maintain(*store, policy_, now_);
    EXPECT_EQ(store->query(every_row, {})->rows_json, before);
    EXPECT_EQ(store->query("select count(*), sum(count)::bigint from downsampled", {})->rows_json,
              "[[720,4320]]");
    if (killed) continue;
    EXPECT_GT(at, 12);
    break;
  }
}

TEST_F(DuckdbCrashTest, RemovalKeepsTheHistoryExact) {
  policy_.archive_after.reset();
  policy_.of(RecordKind::samples, telemetry::Tier::bulk) = days(1);
  for (int at = 1;; ++at) {
    ASSERT_LT(at, 100);
    fill();
    const bool killed =
        killed_at(at, [&](TelemetryStore& store) { maintain(store, policy_, now_); });
    const auto store = open();
    EXPECT_EQ(store
                  ->query("select (select count(*) from samples where signal = 'vib') + (select "
                          "coalesce(sum(count), 0)::bigint from downsampled)",
                          {})
                  ->rows_json,
              "[[1440]]")
        << "killed at step " << at;
    maintain(*store, policy_, now_);
    EXPECT_EQ(store->query("select count(*), sum(count)::bigint from downsampled", {})->rows_json,
              "[[240,1440]]");
    if (!killed) break;
  }
}

TEST_F(DuckdbCrashTest, DeletionIsEndedByTheNextProgram) {
  for (int at = 1;; ++at) {
    ASSERT_LT(at, 100);
    fill();
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(open()->maintain(policy_, now_));  // some is archived
    const bool killed = killed_at(at, [&](TelemetryStore& store) {
      (void)store.delete_asset({"a1", {"ana@desk", "::1"}, now_});
    });
    const auto store = open();
    KeepingPolicy nothing;
    maintain(*store, nothing, now_);
    const auto deletions = store->deletions(10).value();
    ASSERT_EQ(deletions.size(), 1u) << "killed at step " << at;
    EXPECT_TRUE(deletions[0].finished);
    EXPECT_EQ(deletions[0].remaining, 0u);
    EXPECT_EQ(deletions[0].by.who, "ana@desk");
    EXPECT_EQ(store->query("select asset, count(*) from samples group by all", {})->rows_json,
              R"([["a2",1440]])");
    expect_no_strangers(*store);
    if (!killed) break;
  }
}

}  // namespace
}  // namespace wayside::hub
