#include "spool/spool.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <thread>

#include "spool/memory/memory_store.hpp"
#include "spool/spool_model.hpp"

namespace wayside::spool {
namespace {

using telemetry::Event;
using telemetry::Gap;
using telemetry::SampleBlock;
using telemetry::Tier;

constexpr std::size_t everything = 1u << 20;

class SpoolTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
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
  void append(Tier tier, int count, std::size_t size = 100) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(
          spool->append(tier, Event{"a", "k", clock.now(), {}, std::string(size, 'x'), ""}));
  }
  LedgerLine line(Tier tier) { return spool->ledger()[static_cast<std::size_t>(tier)]; }
  Gap gap_at(Tier tier, std::uint64_t from) {
    const auto entries = spool->read(tier, from, 1);
    if (entries.empty()) throw std::runtime_error("nothing to read");
    return std::get<Gap>(*telemetry::decode(entries[0].record));
  }

  ManualClock clock{Time{} + days(20'000)};
  Metrics metrics;
  SpoolOptions options;
  std::string log;
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<Spool> spool;
};

TEST_F(SpoolTest, NumbersStartAtOneAndEpochStays) {
  EXPECT_EQ(*spool->append(Tier::critical, Event{}), 1u);
  EXPECT_EQ(*spool->append(Tier::critical, Event{}), 2u);
  EXPECT_EQ(*spool->append(Tier::bulk, Event{}), 1u);
  EXPECT_EQ(spool->epoch(), 42u);
  reopen();
  EXPECT_EQ(spool->epoch(), 42u);
  EXPECT_EQ(*spool->append(Tier::critical, Event{}), 3u);
}

TEST_F(SpoolTest, CriticalIsDurableAtOnceTheOthersInTheirTime) {
  const auto commits = disk->commits();
  append(Tier::critical, 1);
  EXPECT_EQ(disk->commits(), commits + 1);
  EXPECT_EQ(spool->durable(Tier::critical), 1u);

  append(Tier::diagnostic, 1);
  EXPECT_TRUE(spool->read(Tier::diagnostic, 1, everything).empty());
  spool->step();
  EXPECT_EQ(spool->durable(Tier::diagnostic), 0u);
  clock.advance(milliseconds(50));
  spool->step();
  EXPECT_EQ(spool->durable(Tier::diagnostic), 1u);
  EXPECT_EQ(spool->read(Tier::diagnostic, 1, everything).size(), 1u);

  append(Tier::bulk, 3);
  clock.advance(milliseconds(850));
  spool->step();
  EXPECT_EQ(spool->durable(Tier::bulk), 0u);
  clock.advance(milliseconds(50));
  spool->step();
  EXPECT_EQ(spool->durable(Tier::bulk), 3u);
}

TEST_F(SpoolTest, WakesTheReaderWhenThereIsSomethingNew) {
  int wakes = 0;
  spool->on_durable([&] { ++wakes; });
  append(Tier::bulk, 1);
  EXPECT_EQ(wakes, 0);
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(wakes, 1);
}

TEST_F(SpoolTest, ACrashLosesOnlyWhatWasNotCommitted) {
  append(Tier::critical, 2);
  append(Tier::bulk, 5);
  disk->fail_commits(Error{Errc::io, "power cut"});
  spool.reset();
  disk->fail_commits(std::nullopt);
  open();
  EXPECT_EQ(line(Tier::critical).produced, 2u);
  EXPECT_EQ(line(Tier::bulk).produced, 0u);
}

TEST_F(SpoolTest, OnAFullDiskOldBulkMakesRoomForACriticalRecord) {
  append(Tier::bulk, 20, 1000);
  ASSERT_TRUE(spool->flush());
  disk->limit_bytes(disk->contents().totals[2].bytes + 10);
  const auto stored = spool->append(Tier::critical, Event{"a", "k", clock.now(), {}, "alert", ""});
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(spool->durable(Tier::critical), 1u);
  EXPECT_EQ(line(Tier::critical).dropped, 0u);
  EXPECT_GT(line(Tier::bulk).dropped, 0u);
  EXPECT_FALSE(spool->failure());
  EXPECT_EQ(log, "");
}

TEST_F(SpoolTest, AFailureLastsUntilSomethingIsWritten) {
  append(Tier::critical, 1);
  EXPECT_FALSE(spool->failure());
  disk->fail_commits(Error{Errc::io, "the disk is gone"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(spool->append(Tier::critical, Event{}));
    EXPECT_TRUE(spool->append(Tier::diagnostic, Event{}));
    ASSERT_TRUE(spool->failure());
    EXPECT_EQ(spool->failure()->message, "the disk is gone");
  }
  disk->fail_commits(std::nullopt);
  append(Tier::critical, 1);
  EXPECT_FALSE(spool->failure());
  // Said once each.
  EXPECT_EQ(log.find("cannot be written"), log.rfind("cannot be written"));
  EXPECT_EQ(log.find("can be written again"), log.rfind("can be written again"));
}

TEST_F(SpoolTest, AcknowledgedEntriesAreGone) {
  append(Tier::critical, 5);
  ASSERT_TRUE(spool->acknowledge(Tier::critical, 3));
  EXPECT_EQ(line(Tier::critical).delivered, 3u);
  EXPECT_EQ(line(Tier::critical).queued, 2u);
  ASSERT_TRUE(spool->acknowledge(Tier::critical, 1));
  EXPECT_EQ(spool->watermark(Tier::critical), 3u);
  EXPECT_EQ(spool->acknowledge(Tier::critical, 6).error().code, Errc::invalid);
  clock.advance(seconds(1));
  spool->step();
  EXPECT_EQ(disk->contents().entries[0].size(), 2u);
  reopen();
  EXPECT_EQ(line(Tier::critical).delivered, 3u);
  EXPECT_EQ(spool->read(Tier::critical, 1, everything)[0].seq, 4u);
}

TEST_F(SpoolTest, ReadsInPortions) {
  append(Tier::critical, 10, 1000);
  EXPECT_EQ(spool->read(Tier::critical, 1, 1).size(), 1u);
  EXPECT_EQ(spool->read(Tier::critical, 1, 3500).size(), 3u);
  EXPECT_EQ(spool->read(Tier::critical, 11, everything).size(), 0u);
}

TEST_F(SpoolTest, EvictsOldestBulkThenDiagnosticThenCritical) {
  options.bytes_max = 20'000;
  reopen();
  append(Tier::critical, 10, 400);
  append(Tier::diagnostic, 10, 400);
  append(Tier::bulk, 10, 400);
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(line(Tier::bulk).dropped, 0u);

  append(Tier::diagnostic, 20, 400);
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(line(Tier::diagnostic).dropped, 0u);
  EXPECT_GT(line(Tier::bulk).dropped, 0u);
  const Gap gap = gap_at(Tier::bulk, 1);
  EXPECT_EQ(gap.reason, "spool_full");
  EXPECT_EQ(gap.records, line(Tier::bulk).dropped);

  append(Tier::critical, 25, 400);
  EXPECT_EQ(line(Tier::bulk).queued, 0u);
  EXPECT_GT(line(Tier::diagnostic).dropped, 0u);
  EXPECT_EQ(line(Tier::critical).dropped, 0u);

  append(Tier::critical, 30, 400);
  EXPECT_EQ(line(Tier::diagnostic).queued, 0u);
  EXPECT_GT(line(Tier::critical).dropped, 0u);
  for (const auto& l : spool->ledger()) EXPECT_TRUE(l.balanced());
}

TEST_F(SpoolTest, GapsCountSamples) {
  options.keep[static_cast<std::size_t>(Tier::bulk)] = hours(1);
  reopen();
  SampleBlock block{"a", "s", 1, {Time{1}, Time{2}}, {1, 2}, {{}, {}}};
  ASSERT_TRUE(spool->append(Tier::bulk, block));
  ASSERT_TRUE(spool->append(Tier::bulk, block));
  ASSERT_TRUE(spool->flush());
  const Time appended = clock.now();
  clock.advance(hours(2));
  ASSERT_TRUE(spool->append(Tier::bulk, block));
  spool->step();
  ASSERT_TRUE(spool->flush());
  const Gap gap = gap_at(Tier::bulk, 1);
  EXPECT_EQ(gap.reason, "expired");
  EXPECT_EQ(gap.records, 2u);
  EXPECT_EQ(gap.samples, 4u);
  EXPECT_EQ(gap.first_time, appended);
  EXPECT_EQ(line(Tier::bulk).queued, 1u);
}

TEST_F(SpoolTest, ARecordFromBeforeTheClockWasSetDoesNotExpire) {
  clock.step_to(Time{} + hours(1));  // 1970
  append(Tier::bulk, 1);
  clock.step_to(Time{} + days(20'000));
  spool->step();
  clock.advance(seconds(2));
  spool->step();
  EXPECT_EQ(line(Tier::bulk).dropped, 0u);
}

TEST_F(SpoolTest, AWallClockThatJumpsForwardForAMomentExpiresNothing) {
  append(Tier::critical, 2);
  const Time set = clock.now();
  clock.step_to(set + days(400));
  spool->step();
  clock.advance(minutes(59));
  spool->step();
  EXPECT_EQ(line(Tier::critical).dropped, 0u);
  clock.step_to(set + hours(1));
  clock.advance(seconds(2));
  spool->step();
  // Once more: it is to stand for an hour again.
  clock.step_to(set + days(400));
  clock.advance(seconds(2));
  spool->step();
  clock.advance(minutes(59));
  spool->step();
  EXPECT_EQ(line(Tier::critical).dropped, 0u);
  clock.advance(minutes(2));
  spool->step();
  EXPECT_EQ(line(Tier::critical).dropped, 2u);
}

TEST_F(SpoolTest, TimeThatPassedWhileItWasDownCounts) {
  append(Tier::critical, 2);
  spool.reset();
  clock.step_to(clock.now() + days(400));
  open();
  clock.advance(seconds(2));
  spool->step();
  EXPECT_EQ(line(Tier::critical).dropped, 2u);
}

TEST_F(SpoolTest, DropsBeforeTheSpoolAreAccounted) {
  append(Tier::bulk, 1);
  ASSERT_TRUE(spool->drop(Tier::bulk, {10, 100, "overrun", Time{1}, Time{2}}));
  ASSERT_TRUE(spool->drop(Tier::bulk, {5, 50, "overrun", Time{3}, Time{4}}));
  append(Tier::bulk, 1);
  ASSERT_TRUE(spool->flush());
  const auto entries = spool->read(Tier::bulk, 1, everything);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[1].span, 15u);
  EXPECT_EQ(gap_at(Tier::bulk, 2).samples, 150u);
  EXPECT_EQ(entries[2].seq, 17u);
  // From the middle of a gap on, only its rest is given.
  EXPECT_EQ(gap_at(Tier::bulk, 7).records, 10u);
  ASSERT_TRUE(spool->acknowledge(Tier::bulk, 6));
  EXPECT_EQ(line(Tier::bulk).delivered, 1u);
  EXPECT_EQ(spool->read(Tier::bulk, 1, everything)[0].seq, 7u);
  EXPECT_EQ(spool->drop(Tier::bulk, {}).error().code, Errc::invalid);
}

TEST_F(SpoolTest, AFullDiskIsSaidAndWorkGoesOn) {
  append(Tier::bulk, 3);
  ASSERT_TRUE(spool->flush());
  disk->fail_commits(Error{Errc::full, "disk full"});
  const auto critical = spool->append(Tier::critical, Event{});
  ASSERT_FALSE(critical);
  EXPECT_EQ(critical.error().code, Errc::full);
  EXPECT_EQ(line(Tier::critical).dropped, 1u);
  append(Tier::diagnostic, 2);  // stays in memory
  EXPECT_NE(log.find("disk full"), std::string::npos);
  disk->fail_commits(std::nullopt);
  clock.advance(seconds(2));
  spool->step();
  EXPECT_EQ(spool->durable(Tier::diagnostic), 2u);
  EXPECT_EQ(gap_at(Tier::critical, 1).reason, "disk_full");
  EXPECT_NE(log.find("can be written again"), std::string::npos);
}

TEST_F(SpoolTest, WhatDoesNotFitInMemoryIsDroppedWhileTheDiskFails) {
  disk->fail_commits(Error{Errc::io, "read-only"});
  std::uint64_t refused = 0;
  for (int i = 0; i < 40; ++i)
    if (!spool->append(Tier::bulk, Event{"a", "k", {}, {}, std::string(100'000, 'x'), ""}))
      ++refused;
  EXPECT_GT(refused, 10u);
  EXPECT_EQ(line(Tier::bulk).dropped, refused);
  EXPECT_TRUE(line(Tier::bulk).balanced());
  disk->fail_commits(std::nullopt);
  clock.advance(seconds(2));
  spool->step();
  EXPECT_EQ(spool->durable(Tier::bulk), 40u);
  const auto last = spool->read(Tier::bulk, 40 - refused + 1, everything);
  EXPECT_EQ(last[0].span, refused);
}

TEST_F(SpoolTest, AFailingDiskDoesNotEvictAgainAndAgain) {
  options.bytes_max = 10'000;
  reopen();
  append(Tier::bulk, 15, 400);
  ASSERT_TRUE(spool->flush());
  const auto kept = line(Tier::bulk).queued;
  disk->fail_commits(Error{Errc::io, "read-only"});
  append(Tier::bulk, 3, 400);
  for (int i = 0; i < 20; ++i) {
    clock.advance(seconds(2));
    spool->step();
  }
  EXPECT_GE(line(Tier::bulk).queued + 2, kept);
}

TEST_F(SpoolTest, CorruptAndMissingEntriesBecomeGaps) {
  append(Tier::critical, 6);
  ASSERT_TRUE(disk->corrupt(Tier::critical, 2));
  ASSERT_TRUE(disk->lose(Tier::critical, 4));
  ASSERT_TRUE(disk->lose(Tier::critical, 6));
  reopen();
  std::vector<std::uint64_t> records;
  std::uint64_t next = 1;
  for (auto entries = spool->read(Tier::critical, next, everything); !entries.empty();
       entries = spool->read(Tier::critical, next, everything))
    for (const auto& entry : entries) {
      const auto record = telemetry::decode(entry.record);
      if (std::holds_alternative<Gap>(*record))
        EXPECT_EQ(std::get<Gap>(*record).reason, "corrupt");
      else
        records.push_back(entry.seq);
      next = entry.seq + entry.span;
    }
  EXPECT_EQ(next, 7u);
  EXPECT_EQ(records, (std::vector<std::uint64_t>{1, 3, 5}));
  EXPECT_EQ(line(Tier::critical).dropped, 3u);
  EXPECT_TRUE(line(Tier::critical).balanced());
}

TEST_F(SpoolTest, ACorruptGapIsStillAGap) {
  ASSERT_TRUE(spool->drop(Tier::bulk, {10, 100, "overrun", Time{1}, Time{2}}));
  append(Tier::bulk, 1);
  ASSERT_TRUE(spool->flush());
  ASSERT_TRUE(disk->corrupt(Tier::bulk, 1));
  reopen();
  EXPECT_TRUE(line(Tier::bulk).balanced());
  EXPECT_EQ(gap_at(Tier::bulk, 1).records, 10u);
  EXPECT_EQ(line(Tier::bulk).dropped, 10u);
  EXPECT_EQ(line(Tier::bulk).queued, 1u);
}

TEST_F(SpoolTest, ADamagedStoreIsBegunAnewInANewEpoch) {
  append(Tier::critical, 3);
  append(Tier::bulk, 2);
  disk->damage();
  EXPECT_EQ(*spool->append(Tier::critical, Event{"", "after", {}, {}, "", ""}), 4u);
  EXPECT_EQ(spool->epoch(), 43u);
  EXPECT_EQ(spool->durable(Tier::critical), 2u);
  const auto entries = spool->read(Tier::critical, 1, everything);
  ASSERT_EQ(entries.size(), 2u);
  const Event reset = std::get<Event>(*telemetry::decode(entries[0].record));
  EXPECT_EQ(reset.kind, "spool_reset");
  EXPECT_EQ(reset.severity, telemetry::Severity::alarm);
  EXPECT_EQ(reset.data_json, R"({"old_epoch":"000000000000002a"})");
  EXPECT_EQ(std::get<Event>(*telemetry::decode(entries[1].record)).kind, "after");
  EXPECT_EQ(spool->durable(Tier::bulk), 2u);
  EXPECT_NE(log.find("begun anew"), std::string::npos);
  disk->damage();
  EXPECT_TRUE(spool->read(Tier::critical, 1, everything).empty());
  EXPECT_EQ(spool->epoch(), 44u);
  spool.reset();
  disk->damage();
  open();
  EXPECT_EQ(spool->epoch(), 42u);  // the one it is opened with
  append(Tier::critical, 1);
  EXPECT_EQ(line(Tier::critical).produced, 2u);
  EXPECT_EQ(metrics.values("wayside_spool_resets_total")[0].value, 3);
}

TEST_F(SpoolTest, ItLeavesAnEpochWithAllThatWaits) {
  append(Tier::critical, 3);
  append(Tier::bulk, 2);
  ASSERT_TRUE(spool->flush());
  ASSERT_TRUE(spool->acknowledge(Tier::critical, 1, 42));
  spool->leave_epoch(41, "not this one");
  EXPECT_EQ(spool->epoch(), 42u);
  spool->leave_epoch(42, "the hub has more");
  EXPECT_EQ(spool->epoch(), 43u);
  EXPECT_NE(log.find("the hub has more"), std::string::npos);
  // Who speaks of the one before is not heard.
  EXPECT_FALSE(spool->acknowledge(Tier::critical, 2, 42));
  EXPECT_TRUE(spool->read(Tier::critical, 1, everything, 42).empty());
  reopen();
  const Spool::Position at = spool->position(Tier::critical);
  EXPECT_EQ(at.epoch, 43u);
  EXPECT_EQ(at.watermark, 1u);
  EXPECT_EQ(at.durable, 4u);
  const auto entries = spool->read(Tier::critical, 1, everything, 43);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].seq, 2u);
  const Event reset = std::get<Event>(*telemetry::decode(entries[2].record));
  EXPECT_EQ(reset.kind, "spool_reset");
  EXPECT_EQ(reset.severity, telemetry::Severity::alarm);
  EXPECT_EQ(reset.data_json, R"({"old_epoch":"000000000000002a"})");
  EXPECT_EQ(spool->read(Tier::bulk, 1, everything).size(), 2u);
  EXPECT_TRUE(line(Tier::critical).balanced());
}

TEST_F(SpoolTest, ANewEpochSurvivesACommitThatFails) {
  append(Tier::critical, 3);
  disk->damage();
  disk->fail_commits(Error{Errc::io, "read-only"});
  EXPECT_FALSE(spool->append(Tier::critical, Event{}));
  EXPECT_EQ(spool->epoch(), 43u);
  disk->fail_commits(std::nullopt);
  append(Tier::critical, 1);
  EXPECT_EQ(disk->contents().epoch, 43u);
  reopen();
  EXPECT_EQ(spool->epoch(), 43u);
}

TEST_F(SpoolTest, WhatCannotBeReadDoesNotKeepFromWriting) {
  append(Tier::critical, 1);
  disk->fail_reads(Error{Errc::io, "bad sector"});
  EXPECT_TRUE(spool->read(Tier::critical, 1, everything).empty());
  clock.advance(seconds(1));
  spool->step();
  EXPECT_NE(log.find("cannot be read: bad sector"), std::string::npos);
  EXPECT_FALSE(spool->failure());
  append(Tier::bulk, 40, 100'000);  // more than fits in memory
  EXPECT_EQ(line(Tier::bulk).dropped, 0u);
  disk->fail_reads(std::nullopt);
  EXPECT_EQ(spool->read(Tier::critical, 1, everything).size(), 1u);
}

TEST_F(SpoolTest, ManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([this, t] {
      const Tier tier = telemetry::all_tiers[static_cast<std::size_t>(t)];
      for (int i = 0; i < 300; ++i) EXPECT_TRUE(spool->append(tier, Event{}));
    });
  threads.emplace_back([this] {
    for (int i = 0; i < 300; ++i) {
      clock.advance(milliseconds(20));
      spool->step();
    }
  });
  std::uint64_t read = 0;
  while (read < 300) {
    for (const auto& entry : spool->read(Tier::critical, read + 1, everything)) {
      EXPECT_EQ(entry.seq, read + 1);
      read = entry.seq;
    }
    EXPECT_TRUE(spool->acknowledge(Tier::critical, read));
  }
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(spool->flush());
  for (const auto& l : spool->ledger()) {
    EXPECT_EQ(l.produced, 300u);
    EXPECT_TRUE(l.balanced());
  }
}

testing::Medium memory_medium() {
  const auto disk = std::make_shared<MemoryDisk>();
  return {[disk] { return make_memory_store(disk); },
          [disk](Tier tier, std::uint64_t seq) { return disk->corrupt(tier, seq); }};
}

RC_GTEST_PROP(SpoolProperty, BehavesLikeTheModelWithRoom, ()) {
  testing::Model(memory_medium(), 1u << 30).run(120);
}

RC_GTEST_PROP(SpoolProperty, BehavesLikeTheModelWhenFull, ()) {
  testing::Model(memory_medium(), 8'000).run(120);
}

}  // namespace
}  // namespace wayside::spool
