// What becomes of records when room is short: the reserve, thinning, the bound on gaps, slow disks.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <future>

#include "spool/gap_index.hpp"
#include "spool/memory/memory_store.hpp"
#include "spool/spool.hpp"

namespace wayside::spool {
namespace {

using telemetry::Event;
using telemetry::Gap;
using telemetry::SampleBlock;
using telemetry::Tier;

class SpoolRoomTest : public ::testing::Test {
 protected:
  void open() {
    auto opened = Spool::open(make_memory_store(disk), options, 42, clock, metrics,
                              Log([this](LogLevel, std::string_view line) { log += line; }));
    ASSERT_TRUE(opened) << opened.error().message;
    spool = std::move(*opened);
  }
  void reopen() {
    spool.reset();
    open();
  }
  void append(Tier tier, int count, std::size_t size) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(
          spool->append(tier, Event{"a", "k", clock.now(), {}, std::string(size, 'x'), ""}));
  }
  /// Blocks of two signals in turns; the first value of each is its number, from 1 on.
  void append_blocks(int count) {
    for (int i = 0; i < count; ++i)
      for (const char* signal : {"p", "q"}) {
        SampleBlock block{"a", signal, 1, {}, {}, {}};
        for (int k = 0; k < 20; ++k) {
          block.times.push_back(Time{k});
          block.values.push_back(k == 0 ? blocks + i + 1 : k * 0.37);
          block.qualities.push_back({});
        }
        ASSERT_TRUE(spool->append(Tier::bulk, block));
      }
    blocks += count;
    ASSERT_TRUE(spool->flush());
  }
  /// The numbers of the blocks of a signal that wait, and the reasons of the gaps between.
  std::vector<int> waiting(const std::string& signal, std::map<std::string, int>* reasons = {}) {
    std::vector<int> out;
    std::uint64_t next = spool->watermark(Tier::bulk) + 1;
    for (auto entries = spool->read(Tier::bulk, next, 1u << 20); !entries.empty();
         entries = spool->read(Tier::bulk, next, 1u << 20))
      for (const auto& entry : entries) {
        EXPECT_EQ(entry.seq, next);
        next += entry.span;
        const auto record = telemetry::decode(entry.record);
        if (const auto* block = std::get_if<SampleBlock>(&*record)) {
          if (block->signal == signal) out.push_back(static_cast<int>(block->values[0]));
        } else if (const auto* gap = std::get_if<Gap>(&*record); gap != nullptr && reasons) {
          (*reasons)[gap->reason] += static_cast<int>(entry.span);
        }
      }
    return out;
  }
  LedgerLine line(Tier tier) { return spool->ledger()[static_cast<std::size_t>(tier)]; }
  std::uint64_t used() { return static_cast<std::uint64_t>(gauge("wayside_spool_bytes_used")); }
  double gauge(const std::string& name) { return metrics.values(name).at(0).value; }

  ManualClock clock{Time{} + days(20'000)};
  Metrics metrics;
  SpoolOptions options;
  std::string log;
  int blocks = 0;
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<Spool> spool;
};

TEST_F(SpoolRoomTest, BulkNeverFillsWhatIsReservedForCritical) {
  options.bytes_max = 100'000;
  options.reserve_bytes = 20'000;
  open();
  for (int i = 0; i < 300; ++i) {
    append(i % 3 == 0 ? Tier::diagnostic : Tier::bulk, 1, 1'000);
    ASSERT_TRUE(spool->flush());
    ASSERT_LE(used(), 80'000u);
  }
  EXPECT_GT(line(Tier::bulk).dropped, 100u);
  const auto dropped = line(Tier::bulk).dropped + line(Tier::diagnostic).dropped;
  const auto commits = disk->commits();
  append(Tier::critical, 15, 1'000);
  // Nothing had to go for them, and each took one commit.
  EXPECT_EQ(line(Tier::bulk).dropped + line(Tier::diagnostic).dropped, dropped);
  EXPECT_EQ(disk->commits(), commits + 15);
  // Beyond the reserve they take the others' room, and the reserve does not count twice.
  append(Tier::critical, 60, 1'000);
  EXPECT_EQ(line(Tier::critical).dropped, 0u);
  append(Tier::bulk, 10, 1'000);
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(line(Tier::critical).dropped, 0u);
  EXPECT_LE(used(), 100'000u);
}

TEST_F(SpoolRoomTest, ACriticalRecordGoesAloneToTheDisk) {
  open();
  append(Tier::bulk, 3, 1'000);
  append(Tier::critical, 1, 100);
  EXPECT_EQ(spool->durable(Tier::critical), 1u);
  EXPECT_EQ(spool->durable(Tier::bulk), 0u);
  clock.advance(seconds(1));
  spool->step();
  EXPECT_EQ(spool->durable(Tier::bulk), 3u);
}

TEST_F(SpoolRoomTest, ThinningKeepsEveryTenthBlockOfEachSignal) {
  options.bytes_max = 100'000;
  options.thin[static_cast<std::size_t>(Tier::bulk)] = 10;
  open();
  while (line(Tier::bulk).dropped == 0) append_blocks(10);
  for (int i = 0; i < 30; ++i) append_blocks(10);
  std::map<std::string, int> reasons;
  for (const char* signal : {"p", "q"}) {
    const auto kept = waiting(signal, &reasons);
    ASSERT_GT(kept.size(), 30u);
    // The older are thinned, the newer whole.
    std::size_t whole = kept.size() - 1;
    while (whole > 0 && kept[whole - 1] == kept[whole] - 1) --whole;
    EXPECT_GT(kept.size() - whole, 20u);
    EXPECT_EQ(kept.back(), blocks);
    for (std::size_t i = 0; i < whole; ++i) EXPECT_EQ(kept[i] % 10, 0) << kept[i];
    for (int block = 10; block < kept[whole]; block += 10)
      EXPECT_TRUE(std::binary_search(kept.begin(), kept.end(), block)) << block;
  }
  EXPECT_EQ(reasons.size(), 1u);
  EXPECT_GT(reasons["thinned"], 500);
  EXPECT_TRUE(line(Tier::bulk).balanced());
}

TEST_F(SpoolRoomTest, ThinningGoesOnAndAtLastTheOldestGoes) {
  options.bytes_max = 24'000;
  options.thin[static_cast<std::size_t>(Tier::bulk)] = 4;  // then 16, 64, 256
  open();
  std::map<std::string, int> reasons;
  for (int i = 0; i < 1'200 && reasons["spool_full"] == 0; ++i) {
    append_blocks(20);
    // Where it was is not remembered, and need not be.
    if (i > 100 && i % 20 == 0) reopen();
    reasons.clear();
    const auto kept = waiting("p", &reasons);
    ASSERT_EQ(kept.back(), blocks);
    ASSERT_LE(used(), options.bytes_max);
    if (blocks == 2'000) {
      EXPECT_EQ(kept[0] % 16, 0);
      EXPECT_EQ(reasons["spool_full"], 0);
    }
  }
  EXPECT_GT(reasons["spool_full"], 0);
  EXPECT_GT(blocks, 4'000);
}

TEST_F(SpoolRoomTest, WhatIsNoBlockIsNotThinned) {
  options.bytes_max = 50'000;
  options.thin[static_cast<std::size_t>(Tier::bulk)] = 2;
  open();
  append(Tier::bulk, 60, 500);
  for (int i = 0; i < 20; ++i) append_blocks(5);
  std::map<std::string, int> reasons;
  waiting("p", &reasons);
  EXPECT_GT(reasons["thinned"], 20);
  const auto oldest = spool->read(Tier::bulk, 1, 1);
  const auto record = telemetry::decode(oldest[0].record);
  ASSERT_TRUE(std::holds_alternative<Event>(*record)) << reasons["spool_full"];
}

TEST_F(SpoolRoomTest, GapsBetweenSingleRecordsStayBounded) {
  open();
  constexpr std::size_t records = GapIndex::gaps_max + 3'000;
  for (std::size_t i = 0; i < records; ++i) {
    ASSERT_TRUE(
        spool->drop(Tier::bulk, {1, 5, i % 2 == 0 ? "overrun" : "corrupt", Time{}, Time{}}));
    append(Tier::bulk, i % 7 == 0 ? 2 : 1, 0);
  }
  ASSERT_TRUE(spool->flush());
  EXPECT_GT(spool->gaps(Tier::bulk, 1u << 20).size(), GapIndex::gaps_max);
  append(Tier::bulk, 1, 0);
  ASSERT_TRUE(spool->flush());  // now all of them are durable
  EXPECT_LE(spool->gaps(Tier::bulk, 1u << 20).size(), GapIndex::gaps_max);
  const LedgerLine l = line(Tier::bulk);
  EXPECT_TRUE(l.balanced());
  EXPECT_GT(l.dropped, records);
  EXPECT_GT(l.queued, records / 2);
  EXPECT_EQ(disk->contents().entries[2].size(),
            l.queued + spool->gaps(Tier::bulk, 1u << 20).size());
  // The pairs are worth more than the single ones.
  std::uint64_t pairs = 0;
  std::uint64_t next = 1;
  for (auto entries = spool->read(Tier::bulk, next, 1u << 20); !entries.empty();
       entries = spool->read(Tier::bulk, next, 1u << 20))
    for (std::size_t i = 0; i < entries.size(); ++i) {
      next = entries[i].seq + entries[i].span;
      if (i > 0 && !std::holds_alternative<Gap>(*telemetry::decode(entries[i].record)) &&
          !std::holds_alternative<Gap>(*telemetry::decode(entries[i - 1].record)))
        ++pairs;
    }
  EXPECT_GT(pairs, records / 7 * 9 / 10);
  reopen();
  EXPECT_EQ(line(Tier::bulk).queued, l.queued);
}

TEST_F(SpoolRoomTest, ARecordLargerThanASmallSpoolTakesIsRefusedAndAccounted) {
  options.bytes_max = 1u << 20;
  open();
  const auto refused =
      spool->append(Tier::critical, Event{"a", "k", {}, {}, std::string(200'000, 'x'), ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::full);
  EXPECT_EQ(line(Tier::critical).dropped, 1u);
  EXPECT_TRUE(line(Tier::critical).balanced());
}

TEST_F(SpoolRoomTest, ANoteThatIsTooLargeIsNotKept) {
  options.bytes_max = 50'000;
  open();
  append(Tier::bulk, 2, 10);
  ASSERT_TRUE(spool->flush());
  spool->retain({{1, 1, 1}, std::string(10'000, 'x')});
  EXPECT_FALSE(spool->retention());
  ASSERT_TRUE(spool->acknowledge(Tier::bulk, 2));
  ASSERT_TRUE(spool->flush());
  EXPECT_TRUE(disk->contents().entries[2].empty());
  EXPECT_NE(log.find("10000 bytes is too large"), std::string::npos);
  spool->retain({{1, 1, 1}, "small"});
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(disk->contents().retention->note, "small");
}

/// A store whose commits wait until they are let go.
class SlowStore final : public MemoryDisk::Watcher {
 public:
  void committing() override {
    began.set_value();
    go.get_future().wait();
  }
  std::promise<void> began;
  std::promise<void> go;
};

TEST_F(SpoolRoomTest, OnASlowDiskOnlyCriticalRecordsWait) {
  open();
  SlowStore slow;
  disk->watch(&slow);
  auto critical = std::async(std::launch::async, [&] {
    return spool->append(Tier::critical, Event{"a", "k", {}, {}, "", ""}).has_value();
  });
  slow.began.get_future().wait();
  disk->watch(nullptr);
  // Its commit is under way, and nobody else waits for it.
  append(Tier::bulk, 10, 100'000);
  append(Tier::diagnostic, 5, 100'000);
  EXPECT_EQ(line(Tier::bulk).queued, 10u);
  EXPECT_TRUE(spool->acknowledge(Tier::critical, 0));
  EXPECT_TRUE(spool->read(Tier::critical, 1, 1).empty());
  EXPECT_EQ(critical.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  slow.go.set_value();
  EXPECT_TRUE(critical.get());
  EXPECT_EQ(spool->read(Tier::critical, 1, 1).size(), 1u);
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(spool->durable(Tier::bulk), 10u);
}

}  // namespace
}  // namespace wayside::spool
