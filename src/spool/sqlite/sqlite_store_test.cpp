#include "spool/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <filesystem>
#include <fstream>

#include "base/rng.hpp"
#include "base/sqlite/database.hpp"
#include "spool/spool_model.hpp"
#include "support/process.hpp"
#include "support/small_disk.hpp"

namespace wayside::spool {
namespace {

using telemetry::Event;
using telemetry::Tier;

class SqliteSpoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> open(SpoolOptions options = {}) {
    auto store = open_sqlite_store(path, Log([this](LogLevel, std::string_view l) { log += l; }));
    if (!store) throw std::runtime_error(store.error().message);
    auto spool = Spool::open(std::move(*store), options, 42, clock, metrics, {});
    if (!spool) throw std::runtime_error(spool.error().message);
    return std::move(*spool);
  }

  static std::string kind(const Spool::Entry& entry) {
    return std::get<Event>(*telemetry::decode(entry.record)).kind;
  }
  std::uint64_t bytes_of_files() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      bytes += entry.file_size();
    return bytes;
  }
  double resets() { return metrics.values("wayside_spool_resets_total").at(0).value; }

  test::TemporaryFolder folder;
  std::string path = folder.file("spool.db");
  std::string log;
  ManualClock clock{Time{} + days(20'000)};
  Metrics metrics;
};

TEST_F(SqliteSpoolTest, KeepsEverythingOverARestart) {
  {
    const auto spool = open();
    for (int i = 0; i < 10; ++i)
      ASSERT_TRUE(spool->append(Tier::critical, Event{"a", std::to_string(i), {}, {}, "", ""}));
    ASSERT_TRUE(spool->drop(Tier::bulk, {7, 70, "overrun", Time{1}, Time{2}}));
    ASSERT_TRUE(spool->acknowledge(Tier::critical, 4));
  }
  const auto spool = open();
  EXPECT_EQ(spool->epoch(), 42u);
  const auto entries = spool->read(Tier::critical, 1, 1u << 20);
  ASSERT_EQ(entries.size(), 6u);
  EXPECT_EQ(entries[0].seq, 5u);
  EXPECT_EQ(std::get<Event>(*telemetry::decode(entries[5].record)).kind, "9");
  EXPECT_EQ(spool->read(Tier::bulk, 1, 1)[0].span, 7u);
  EXPECT_EQ(spool->ledger()[0].delivered, 4u);
  EXPECT_EQ(spool->ledger()[2].dropped, 7u);
}

TEST_F(SqliteSpoolTest, ItsFilesKeepToTheLimitAndShrink) {
  SpoolOptions options;
  options.bytes_max = 12u << 20;
  const auto spool = open(options);
  for (int i = 0; i < 30; ++i) {
    for (int k = 0; k < 10; ++k)
      ASSERT_TRUE(spool->append(Tier::bulk, Event{"", "", {}, {}, std::string(100'000, 'x'), ""}));
    ASSERT_TRUE(spool->flush());
    EXPECT_LE(bytes_of_files(), options.bytes_max);
  }
  EXPECT_GT(spool->ledger()[2].dropped, 150u);
  const auto full = std::filesystem::file_size(path);
  EXPECT_GT(full, options.bytes_max / 2);
  ASSERT_TRUE(spool->acknowledge(Tier::bulk, spool->durable(Tier::bulk)));
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(spool->append(Tier::critical, Event{}));
    clock.advance(seconds(1));
    spool->step();
  }
  EXPECT_LT(std::filesystem::file_size(path), full - (1u << 20));
  EXPECT_EQ(metrics.values("wayside_spool_file_bytes").at(0).value,
            static_cast<double>(bytes_of_files()));
}

// Records of all sizes and tiers, a reader that lags, acknowledgements, holes, restarts.
TEST_F(SqliteSpoolTest, ItsFilesKeepToTheLimitUnderAHostileLoad) {
  SpoolOptions options;
  options.bytes_max = 3u << 20;
  options.thin[2] = 10;
  auto spool = open(options);
  Rng rng(11);
  std::uint64_t most = 0;
  for (int round = 0; round < 100; ++round) {
    for (int k = 0; k < 40; ++k) {
      const Tier tier = telemetry::all_tiers[rng.below(3)];
      const std::size_t size = std::size_t{1} << rng.below(rng.below(8) == 0 ? 18 : 13);
      static_cast<void>(spool->append(tier, Event{"", "", {}, {}, std::string(size, 'x'), ""}));
      most = std::max(most, bytes_of_files());
    }
    telemetry::SampleBlock block{"a", "s" + std::to_string(rng.below(4)), 1, {}, {}, {}};
    for (int k = 0; k < 300; ++k) {
      block.times.push_back(Time{k});
      block.values.push_back(rng.uniform());
      block.qualities.push_back({});
    }
    static_cast<void>(spool->append(Tier::bulk, block));
    const Tier tier = telemetry::all_tiers[rng.below(3)];
    const auto waiting = spool->read(tier, 1, 100'000);
    if (!waiting.empty() && rng.below(4) == 0) {
      ASSERT_TRUE(spool->acknowledge(tier, waiting[waiting.size() / 2].seq));
    }
    clock.advance(milliseconds(static_cast<std::int64_t>(rng.below(1200))));
    spool->step();
    if (rng.below(100) == 0) {
      spool.reset();
      spool = open(options);
    }
    most = std::max(most, bytes_of_files());
  }
  EXPECT_LE(most, options.bytes_max);
  EXPECT_GT(most, options.bytes_max * 2 / 3);
  for (const LedgerLine& line : spool->ledger()) EXPECT_TRUE(line.balanced());
  EXPECT_GT(spool->ledger()[2].dropped, 200u);
}

// A real disk of a few MiB, which the spool shares with somebody who fills it.
TEST_F(SqliteSpoolTest, OnAFullDiskOldRecordsMakeRoomAndItStartsAgain) {
  const auto disk = test::SmallDisk::mount(12u << 20);
  if (!disk) GTEST_SKIP() << "may not mount";
  path = disk->file("spool.db");
  auto spool = open();
  for (int i = 0; i < 600; ++i) {
    ASSERT_TRUE(spool->append(Tier::bulk, Event{"", "", {}, {}, std::string(30'000, 'x'), ""}));
    ASSERT_TRUE(i % 10 != 0 || spool->append(Tier::critical, Event{}));
    clock.advance(milliseconds(300));
    spool->step();
  }
  EXPECT_GT(spool->ledger()[2].dropped, 100u);
  EXPECT_GT(spool->ledger()[2].queued, 100u);
  EXPECT_EQ(spool->ledger()[0].dropped, 0u);
  EXPECT_EQ(log, "");
  spool.reset();
  // Not a byte is left.
  std::ofstream other(disk->file("other"), std::ios::binary);
  while (other.write(std::string(4096, 'x').data(), 4096).flush()) continue;
  spool = open();
  ASSERT_TRUE(spool->append(Tier::critical, Event{}));
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(spool->append(Tier::bulk, Event{"", "", {}, {}, std::string(30'000, 'x'), ""}));
    clock.advance(seconds(1));
    spool->step();
  }
  EXPECT_EQ(spool->ledger()[0].dropped, 0u);
  EXPECT_FALSE(spool->failure());
}

TEST_F(SqliteSpoolTest, AnEarlierFormatIsBroughtUpToDate) {
  {
    const auto spool = open();
    ASSERT_TRUE(spool->append(Tier::critical, Event{"", "old", {}, {}, "", ""}));
  }
  {
    auto database = sqlite::Database::open(path);
    ASSERT_TRUE(database);
    for (const Tier tier : telemetry::all_tiers)
      ASSERT_TRUE(
          database->exec("ALTER TABLE " + std::string(to_string(tier)) + " DROP COLUMN ordinal"));
    ASSERT_TRUE(database->exec("UPDATE spool SET version = 1; PRAGMA user_version = 0"));
  }
  for (int i = 0; i < 2; ++i) {
    const auto spool = open();
    EXPECT_EQ(kind(spool->read(Tier::critical, 1, 1)[0]), "old");
    ASSERT_TRUE(spool->append(Tier::critical, Event{"", "new", {}, {}, "", ""}));
    EXPECT_EQ(spool->durable(Tier::critical), static_cast<std::uint64_t>(2 + i));
  }
}

TEST_F(SqliteSpoolTest, ALaterFormatIsRefusedAndADamagedOneIsNot) {
  { const auto spool = open(); }
  const auto set = [&](const std::string& sql) {
    auto database = sqlite::Database::open(path);
    return database && database->exec(sql);
  };
  ASSERT_TRUE(set("UPDATE spool SET version = 9; PRAGMA user_version = 9"));
  const auto later = open_sqlite_store(path, {});
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, Errc::conflict);
  ASSERT_TRUE(set("PRAGMA user_version = 2"));
  EXPECT_TRUE(open_sqlite_store(path, {}));
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
}

TEST_F(SqliteSpoolTest, AFileThatIsNoDatabaseIsSetAside) {
  std::ofstream(path) << std::string(10'000, '?');
  const auto spool = open();
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
  EXPECT_NE(log.find("damaged"), std::string::npos);
  EXPECT_EQ(resets(), 1);
  ASSERT_TRUE(spool->append(Tier::critical, Event{}));
  EXPECT_EQ(kind(spool->read(Tier::critical, 1, 1)[0]), "spool_reset");
}

TEST_F(SqliteSpoolTest, ADatabaseDamagedWithinIsSetAside) {
  {
    const auto spool = open();
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(
          spool->append(Tier::critical, Event{"", "", {}, {}, std::string(3'000, 'x'), ""}));
  }
  const auto size = std::filesystem::file_size(path);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(size - 4096, '\xa5');
  }
  const auto spool = open();
  ASSERT_TRUE(spool->append(Tier::critical, Event{}));
  EXPECT_EQ(spool->ledger()[0].produced, 2u);
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
}

TEST_F(SqliteSpoolTest, APageDamagedInTheMiddleDoesNotStopTheStream) {
  {
    const auto spool = open();
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(spool->append(
          Tier::critical,
          Event{"", "record-" + std::to_string(i), {}, {}, std::string(3'000, 'x'), ""}));
  }
  // What was in the log lies in the file as well now, and would be taken from the log.
  std::filesystem::remove(path + "-wal");
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto at = bytes.find("record-50");
    ASSERT_NE(at, std::string::npos);
    file.seekp(static_cast<std::streamoff>(at / 4096 * 4096));
    file << std::string(4096, '\xa5');
  }
  const auto spool = open();
  // What lies before the damage is still there.
  const auto before = spool->read(Tier::critical, 1, 1u << 20);
  ASSERT_GT(before.size(), 40u);
  ASSERT_LE(before.size(), 50u);
  EXPECT_TRUE(spool->read(Tier::critical, before.back().seq + 1, 1u << 20).empty());
  EXPECT_EQ(spool->epoch(), 43u);
  EXPECT_EQ(resets(), 1);
  ASSERT_TRUE(spool->append(Tier::critical, Event{"", "after", {}, {}, "", ""}));
  const auto after = spool->read(Tier::critical, 1, 1u << 20);
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(kind(after[0]), "spool_reset");
  EXPECT_EQ(kind(after[1]), "after");
}

TEST_F(SqliteSpoolTest, AFolderThatIsNotThereIsAnError) {
  const auto store = open_sqlite_store(folder.file("none/spool.db"), {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::io);
}

/// A database file and a way to spoil a row of it.
testing::Medium sqlite_medium(const std::shared_ptr<test::TemporaryFolder>& folder) {
  const std::string path = folder->file("spool.db");
  return {[folder, path] { return std::move(*open_sqlite_store(path, {})); },
          [path](Tier tier, std::uint64_t seq) {
            auto database = sqlite::Database::open(path);
            const auto table = std::string(to_string(tier));
            const auto done =
                database->exec("UPDATE " + table +
                               " SET record = record || 'x' WHERE seq = " + std::to_string(seq));
            return done && database->changes() > 0;
          }};
}

RC_GTEST_PROP(SqliteSpoolProperty, BehavesLikeTheModel, ()) {
  // Each of them waits for a real disk.
  constexpr int histories_max = 25;
  static int histories = 0;
  if (++histories > histories_max) return;
  const auto folder = std::make_shared<test::TemporaryFolder>();
  const auto bytes_max = *rc::gen::element<std::uint64_t>(1u << 30, 1u << 20);
  testing::Model(sqlite_medium(folder), bytes_max, 60'000).run(15);
}

}  // namespace
}  // namespace wayside::spool
