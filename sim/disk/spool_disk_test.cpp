// What the spool does on a disk that fills, cannot be written, is slow, or flips bits.
#include <gtest/gtest.h>

#include "sim/disk/sqlite/disk_spool.hpp"
#include "spool/spool.hpp"

namespace wayside::sim {
namespace {

using spool::Spool;
using telemetry::Event;
using telemetry::Gap;
using telemetry::Tier;

class SpoolDiskTest : public ::testing::Test {
 protected:
  Status open() {
    spool.reset();
    auto store = open_spool_store(disk, vfs, "spool", {});
    if (!store) return tl::make_unexpected(store.error());
    auto opened = Spool::open(std::move(*store), options, 7, clock, metrics,
                              Log([this](LogLevel, std::string_view line) { log += line; }));
    if (!opened) return tl::make_unexpected(opened.error());
    spool = std::move(*opened);
    return {};
  }
  Result<std::uint64_t> append(Tier tier, std::size_t size = 100, const std::string& kind = "k") {
    return spool->append(tier, Event{"a", kind, clock.now(), {}, std::string(size, 'x'), ""});
  }
  void later(Duration d = seconds(1)) {
    clock.advance(d);
    spool->step();
  }
  spool::LedgerLine line(Tier tier) { return spool->ledger()[static_cast<std::size_t>(tier)]; }
  double dropped(const std::string& tier, const std::string& reason) {
    for (const auto& value : metrics.values("wayside_spool_dropped_total"))
      if (value.labels.at("tier") == tier && value.labels.at("reason") == reason)
        return value.value;
    return -1;
  }

  VirtualDisk disk{5};
  DiskVfs vfs{disk, 5};
  ManualClock clock{Time{} + days(20'000)};
  Metrics metrics;
  spool::SpoolOptions options;
  std::string log;
  std::unique_ptr<Spool> spool;
};

TEST_F(SpoolDiskTest, ACriticalRecordCostsOneSync) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append(Tier::critical));
  ASSERT_TRUE(append(Tier::bulk, 50'000));
  const auto syncs = disk.syncs();
  const auto written = disk.bytes_written();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(append(Tier::critical));
  EXPECT_EQ(disk.syncs(), syncs + 200);
  EXPECT_LT(disk.bytes_written() - written, 200u * 3 * 4'200);
}

TEST_F(SpoolDiskTest, WhereTheDiskIsFullBeforeTheSpoolOldBulkMakesRoom) {
  options.bytes_max = 64u << 20;
  disk.limit(8u << 20);
  ASSERT_TRUE(open());
  for (int i = 0; i < 2'000; ++i) {
    ASSERT_TRUE(append(Tier::bulk, 8'000)) << i;
    ASSERT_TRUE(i % 10 != 0 || append(Tier::critical)) << i;
    later(milliseconds(500));
  }
  EXPECT_GT(line(Tier::bulk).dropped, 1'000u);
  EXPECT_GT(line(Tier::bulk).queued, 100u);
  EXPECT_EQ(line(Tier::critical).dropped, 0u);
  EXPECT_EQ(dropped("bulk", "disk_full"), 0);
  EXPECT_EQ(dropped("bulk", "spool_full"), static_cast<double>(line(Tier::bulk).dropped));
  EXPECT_EQ(log, "");
  EXPECT_LT(metrics.values("wayside_spool_bytes_max").at(0).value, 8u << 20);
  // It starts again where there is not a byte left, and takes all room that comes.
  ASSERT_TRUE(spool->flush());
  spool.reset();
  disk.limit(disk.bytes_used());
  ASSERT_TRUE(open());
  ASSERT_TRUE(append(Tier::critical));
  disk.limit(std::nullopt);
  const auto before = line(Tier::bulk).dropped;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(append(Tier::bulk, 8'000));
    later(milliseconds(500));
  }
  EXPECT_LT(line(Tier::bulk).dropped, before + 100);
}

TEST_F(SpoolDiskTest, WithoutRoomForTheLogNothingIsWrittenAndAllIsAccounted) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append(Tier::critical));
  spool.reset();
  // Nothing but the database is left, and nothing more fits.
  ASSERT_TRUE(disk.remove("spool-wal"));
  disk.limit(disk.bytes_used());
  const Status opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_FALSE(append(Tier::critical));
  EXPECT_TRUE(append(Tier::diagnostic));
  EXPECT_EQ(dropped("critical", "disk_full"), 1);
  ASSERT_TRUE(spool->failure());
  EXPECT_EQ(spool->failure()->code, Errc::full);
  disk.limit(std::nullopt);
  later();
  later();
  EXPECT_EQ(spool->durable(Tier::diagnostic), 1u);
  EXPECT_EQ(line(Tier::critical).dropped, 1u);
  EXPECT_TRUE(append(Tier::critical));
}

TEST_F(SpoolDiskTest, OnAReadOnlyDiskWhatIsThereCanBeSentAndTheRestWaitsInMemory) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append(Tier::critical));
  disk.set_read_only(true);
  EXPECT_FALSE(append(Tier::critical));
  EXPECT_EQ(dropped("critical", "disk_error"), 1);
  ASSERT_TRUE(append(Tier::diagnostic));
  later();
  EXPECT_EQ(spool->read(Tier::critical, 1, 1'000).size(), 1u);
  EXPECT_TRUE(spool->acknowledge(Tier::critical, 1));
  EXPECT_EQ(line(Tier::diagnostic).queued, 1u);
  EXPECT_NE(log.find("cannot be written"), std::string::npos);
  int taken = 0;
  for (int i = 0; i < 60; ++i) taken += append(Tier::bulk, 100'000) ? 1 : 0;
  EXPECT_EQ(taken, 20);  // 2 MiB
  EXPECT_EQ(dropped("bulk", "disk_error"), 40);
  disk.set_read_only(false);
  later();
  later();
  EXPECT_EQ(spool->durable(Tier::diagnostic), 1u);
  EXPECT_EQ(spool->durable(Tier::bulk), 60u);
  EXPECT_EQ(line(Tier::bulk).queued, 20u);
  EXPECT_NE(log.find("can be written again"), std::string::npos);
  // It starts there as well, and what waits can still be sent.
  ASSERT_TRUE(spool->flush());
  spool.reset();
  disk.set_read_only(true);
  ASSERT_TRUE(open());
  EXPECT_EQ(spool->read(Tier::diagnostic, 1, 1'000).size(), 1u);
  EXPECT_FALSE(append(Tier::critical));
  EXPECT_TRUE(line(Tier::critical).balanced());
}

TEST_F(SpoolDiskTest, OnASlowDiskOnlyACriticalRecordWaits) {
  ASSERT_TRUE(open());
  disk.on_operation([&](const VirtualDisk::Operation& operation) {
    if (operation.kind == VirtualDisk::Operation::Kind::sync) clock.advance(seconds(3));
  });
  Duration last = clock.monotonic();
  const auto waited = [&] {
    const Duration now = clock.monotonic();
    return now - std::exchange(last, now);
  };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(Tier::bulk, 100'000));
  ASSERT_TRUE(append(Tier::diagnostic));
  EXPECT_EQ(waited(), seconds(0));
  ASSERT_TRUE(append(Tier::critical));
  EXPECT_EQ(waited(), seconds(3));
  // Two MiB may wait; then whoever brings more waits too, and nothing is lost.
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(append(Tier::bulk, 100'000));
  EXPECT_EQ(waited(), seconds(3));
  EXPECT_EQ(line(Tier::bulk).dropped, 0u);
}

TEST_F(SpoolDiskTest, AFlippedBitIsAGapAndTheRestIsThere) {
  ASSERT_TRUE(open());
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(append(Tier::critical, 300, "record-" + std::to_string(i) + "-"));
  spool.reset();
  auto database = *disk.contents("spool");
  const auto at = database.find("record-20-");
  ASSERT_NE(at, std::string::npos);
  database[at] ^= 4;
  disk.put("spool", database);
  ASSERT_TRUE(disk.remove("spool-wal"));  // where the same page lies, whole
  ASSERT_TRUE(open());
  EXPECT_EQ(spool->epoch(), 7u);
  std::uint64_t next = 1;
  int records = 0;
  for (auto entries = spool->read(Tier::critical, next, 5'000); !entries.empty();
       entries = spool->read(Tier::critical, next, 5'000))
    for (const auto& entry : entries) {
      next += entry.span;
      const auto record = telemetry::decode(entry.record);
      if (const Gap* gap = std::get_if<Gap>(&*record)) {
        EXPECT_EQ(entry.seq, 21u);
        EXPECT_EQ(gap->reason, "corrupt");
      } else {
        ++records;
      }
    }
  EXPECT_EQ(records, 49);
  EXPECT_EQ(line(Tier::critical).dropped, 1u);
  EXPECT_TRUE(line(Tier::critical).balanced());
}

TEST_F(SpoolDiskTest, StartsWhateverBitsAreFlipped) {
  int anew = 0;
  options.bytes_max = 2u << 20;
  for (int round = 0; round < 200; ++round) {
    ASSERT_TRUE(open()) << round;
    if (spool->epoch() != 7 || line(Tier::critical).produced < 3) ++anew;
    for (const Tier tier : telemetry::all_tiers)
      for (int i = 0; i < 5; ++i) static_cast<void>(append(tier, 500));
    later();
    for (const Tier tier : telemetry::all_tiers) {
      std::uint64_t next = spool->watermark(tier) + 1;
      for (auto entries = spool->read(tier, next, 50'000); !entries.empty();
           entries = spool->read(tier, next, 50'000))
        for (const auto& entry : entries) {
          ASSERT_EQ(entry.seq, next);
          next += entry.span;
        }
      EXPECT_TRUE(line(tier).balanced());
    }
    ASSERT_TRUE(append(Tier::critical)) << round;
    spool.reset();
    disk.flip_bits("spool", 3);
    disk.flip_bits("spool-wal", 30);
    ASSERT_LE(disk.bytes_used(), options.bytes_max);
  }
  EXPECT_GT(anew, 0);
  EXPECT_LE(disk.bytes_peak(), options.bytes_max);
}

}  // namespace
}  // namespace wayside::sim
