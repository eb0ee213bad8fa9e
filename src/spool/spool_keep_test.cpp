// What is kept of the acknowledged, for the node's next start.
#include <gtest/gtest.h>

#include "spool/memory/memory_store.hpp"
#include "spool/spool.hpp"

namespace wayside::spool {
namespace {

using telemetry::Event;
using telemetry::Gap;
using telemetry::SampleBlock;
using telemetry::Tier;

constexpr std::size_t everything = 1u << 20;

class SpoolKeepTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    auto opened = Spool::open(make_memory_store(disk), options, 42, clock, metrics, {});
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
    ASSERT_TRUE(spool->flush());
  }
  void acknowledge(Tier tier, std::uint64_t watermark) {
    ASSERT_TRUE(spool->acknowledge(tier, watermark));
    ASSERT_TRUE(spool->flush());
  }
  LedgerLine line(Tier tier) { return spool->ledger()[static_cast<std::size_t>(tier)]; }
  std::vector<std::uint64_t> kept(Tier tier, std::uint64_t from = 0) {
    std::vector<std::uint64_t> out;
    for (;;) {
      const auto part = spool->read_kept(tier, from, 300);
      EXPECT_TRUE(part);
      if (!part || part->next == from) return out;
      for (const auto& entry : part->entries) out.push_back(entry.seq);
      from = part->next;
    }
  }

  ManualClock clock{Time{} + days(20'000)};
  Metrics metrics;
  SpoolOptions options;
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<Spool> spool;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(SpoolKeepTest, NothingAcknowledgedIsKeptUnasked) {
  append(Tier::diagnostic, 3);
  acknowledge(Tier::diagnostic, 2);
  EXPECT_EQ(kept(Tier::diagnostic), Numbers{3});
  EXPECT_FALSE(spool->retention());
}

TEST_F(SpoolKeepTest, WhatIsKeptIsNoLongerQueuedAndNeverSentAgain) {
  spool->retain({{1, 3, 1}, "windows"});
  append(Tier::diagnostic, 6);
  const std::uint64_t before = line(Tier::diagnostic).queued_bytes;
  acknowledge(Tier::diagnostic, 4);
  EXPECT_EQ(kept(Tier::diagnostic), (Numbers{3, 4, 5, 6}));
  EXPECT_EQ(kept(Tier::diagnostic, 4), (Numbers{4, 5, 6}));
  EXPECT_EQ(line(Tier::diagnostic).delivered, 4u);
  EXPECT_EQ(line(Tier::diagnostic).queued, 2u);
  EXPECT_EQ(line(Tier::diagnostic).queued_bytes, before / 3);
  const auto sent = spool->read(Tier::diagnostic, 1, everything);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].seq, 5u);
}

TEST_F(SpoolKeepTest, SurvivesARestartWithItsNote) {
  spool->retain({{1, 2, 1}, "windows"});
  append(Tier::diagnostic, 4);
  acknowledge(Tier::diagnostic, 4);
  reopen();
  ASSERT_TRUE(spool->retention());
  EXPECT_EQ(spool->retention()->note, "windows");
  EXPECT_EQ(spool->retention()->from[1], 2u);
  EXPECT_EQ(kept(Tier::diagnostic), (Numbers{2, 3, 4}));
  EXPECT_EQ(line(Tier::diagnostic).queued_bytes, 0u);
  EXPECT_TRUE(line(Tier::diagnostic).balanced());
  EXPECT_TRUE(spool->read(Tier::diagnostic, 1, everything).empty());
}

TEST_F(SpoolKeepTest, GoesWhenItIsNoLongerWanted) {
  spool->retain({{1, 1, 1}, ""});
  append(Tier::bulk, 5);
  acknowledge(Tier::bulk, 5);
  spool->retain({{1, 1, 4}, ""});
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(kept(Tier::bulk), (Numbers{4, 5}));
  EXPECT_EQ(disk->contents().entries[2].size(), 2u);
  // What is gone does not come back when it is wanted again.
  spool->retain({{1, 1, 1}, ""});
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(kept(Tier::bulk), (Numbers{4, 5}));
  // Numbers beyond what is acknowledged are nobody's to erase.
  append(Tier::bulk, 1);
  spool->retain({{1, 1, 100}, ""});
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(kept(Tier::bulk), Numbers{6});
}

TEST_F(SpoolKeepTest, IsTheFirstToGoAndThatIsNoLoss) {
  options.bytes_max = 20'000;
  reopen();
  spool->retain({{1, 1, 1}, ""});
  append(Tier::critical, 4, 1000);
  clock.advance(seconds(1));
  append(Tier::bulk, 4, 1000);
  acknowledge(Tier::critical, 4);
  acknowledge(Tier::bulk, 2);
  EXPECT_LT(spool->fill(), 0.2);
  for (int i = 0; i < 12; ++i) append(Tier::bulk, 1, 1000);
  spool->step();
  // The oldest over all tiers went; nothing that waits did.
  EXPECT_LT(kept(Tier::critical).size(), 4u);
  EXPECT_EQ(kept(Tier::bulk).size(), 16u);
  for (const LedgerLine& l : spool->ledger()) {
    EXPECT_EQ(l.dropped, 0u);
    EXPECT_TRUE(l.balanced());
  }
  for (int i = 0; i < 6; ++i) append(Tier::bulk, 1, 1000);
  EXPECT_EQ(kept(Tier::critical), Numbers{});
  EXPECT_GT(line(Tier::bulk).dropped, 0u);  // now even that
  EXPECT_EQ(line(Tier::bulk).delivered, 2u);
}

TEST_F(SpoolKeepTest, GapsAndDamageAreLeftOut) {
  spool->retain({{1, 1, 1}, ""});
  append(Tier::diagnostic, 2);
  ASSERT_TRUE(spool->drop(Tier::diagnostic, {3, 3, "overrun", clock.now(), clock.now()}));
  append(Tier::diagnostic, 2);
  EXPECT_EQ(kept(Tier::diagnostic), (Numbers{1, 2, 6, 7}));
  acknowledge(Tier::diagnostic, 4);  // in the midst of the gap
  EXPECT_EQ(kept(Tier::diagnostic), (Numbers{1, 2, 6, 7}));
  acknowledge(Tier::diagnostic, 7);
  ASSERT_TRUE(disk->corrupt(Tier::diagnostic, 2));
  EXPECT_EQ(kept(Tier::diagnostic), (Numbers{1, 6, 7}));
  EXPECT_EQ(line(Tier::diagnostic).dropped, 3u);
  EXPECT_EQ(line(Tier::diagnostic).delivered, 4u);
}

TEST_F(SpoolKeepTest, ANewEpochKeepsNothing) {
  spool->retain({{1, 1, 1}, "windows"});
  append(Tier::diagnostic, 2);
  acknowledge(Tier::diagnostic, 2);
  disk->damage();
  append(Tier::diagnostic, 1);
  EXPECT_FALSE(spool->retention());
  EXPECT_EQ(kept(Tier::diagnostic), Numbers{1});
  EXPECT_EQ(line(Tier::diagnostic).queued, 1u);
}

TEST_F(SpoolKeepTest, ACommitThatFailsKeepsWhatItShould) {
  spool->retain({{1, 1, 1}, "first"});
  append(Tier::diagnostic, 2);
  disk->fail_commits(Error{Errc::io, "as the test wants it"});
  spool->retain({{1, 2, 1}, "second"});
  ASSERT_TRUE(spool->acknowledge(Tier::diagnostic, 2));
  EXPECT_FALSE(spool->flush());
  disk->fail_commits(std::nullopt);
  ASSERT_TRUE(spool->flush());
  reopen();
  EXPECT_EQ(spool->retention()->note, "second");
  EXPECT_EQ(kept(Tier::diagnostic), Numbers{2});
  EXPECT_EQ(line(Tier::diagnostic).queued_bytes, 0u);
}

}  // namespace
}  // namespace wayside::spool
