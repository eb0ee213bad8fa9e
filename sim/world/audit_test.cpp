// The books are of use only where they notice what is wrong.
#include "sim/world/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/world/world_fixture.hpp"

namespace wayside::sim {
namespace {

using telemetry::Tier;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t epoch = 7;

struct AuditTest : testing::Test {
  AuditTest() {
    audit.add_node(config);
    audit.reopened(0, epoch, {});
  }

  telemetry::SampleBlock block(double value) {
    return {"pump0", "s1", 1, {Time{1}}, {value}, {telemetry::Quality::good}};
  }
  /// Accepted and numbered, and durable.
  void keep(std::uint64_t seq, double value) {
    audit.accepted(0, {AssetId{0}, SignalId{1}, Time{1}, value}, seconds(1));
    audit.recorded(0, epoch, Tier::bulk, seq, block(value), seconds(1));
    audit.durable(0, epoch, Tier::bulk, seq);
  }
  hub::Batch batch(std::uint64_t watermark, std::initializer_list<double> values) {
    hub::Batch out;
    hub::StreamTotals totals;
    totals.produced = totals.watermark = watermark;
    out.streams[key] = totals;
    for (const double value : values) out.samples.push_back({"n0", block(value), Tier::bulk});
    return out;
  }
  [[nodiscard]] const TierAudit& bulk() const { return audit.tier(0, Tier::bulk); }

  const node::AgentConfig config = pump_config({}, 0);
  const hub::StreamKey key{"n0", epoch, Tier::bulk};
  Audit audit;
};

TEST_F(AuditTest, WhatCameAsItWentIsStored) {
  keep(1, 1.5);
  keep(2, 2.5);
  audit.stored(batch(2, {2.5, 1.5}), seconds(2));
  EXPECT_THAT(audit.faults(), IsEmpty());
  EXPECT_EQ(bulk().stored_samples, 2u);
  EXPECT_EQ(bulk().waiting_samples, 0u);
}

TEST_F(AuditTest, ARecordThatIsLeftOutIsAFault) {
  keep(1, 1.5);
  keep(2, 2.5);
  audit.stored(batch(2, {2.5}), seconds(2));
  EXPECT_THAT(audit.faults(), ElementsAre(HasSubstr("stored 1 records where 2 were due")));
}

TEST_F(AuditTest, ARecordThatIsStoredTwiceIsAFault) {
  keep(1, 1.5);
  audit.stored(batch(1, {1.5}), seconds(2));
  audit.stored(batch(1, {1.5}), seconds(3));
  EXPECT_THAT(audit.faults(), ElementsAre(HasSubstr("stored 1 records where 0 were due")));
}

TEST_F(AuditTest, ARecordThatChangedOnTheWayIsAFault) {
  keep(1, 1.5);
  audit.stored(batch(1, {1.6}), seconds(2));
  EXPECT_THAT(audit.faults(), ElementsAre(HasSubstr("and others")));
}

TEST_F(AuditTest, WhatAGapNamesIsNotMissed) {
  keep(1, 1.5);
  keep(2, 2.5);
  hub::Batch with_gap = batch(2, {1.5});
  with_gap.gaps.push_back({key, 2, 2, 1, "spool_full", Time{1}, Time{1}});
  audit.stored(with_gap, seconds(2));
  EXPECT_THAT(audit.faults(), IsEmpty());
  EXPECT_EQ(bulk().gaps.at("spool_full").samples, 1u);
}

TEST_F(AuditTest, WhatComesAheadOfTheStreamIsDueOnce) {
  for (std::uint64_t seq = 1; seq <= 3; ++seq) keep(seq, static_cast<double>(seq));
  hub::Batch ahead = batch(0, {3.0});
  ahead.streams[key].ahead = {{3, 3}};
  audit.stored(ahead, seconds(2));
  audit.stored(batch(3, {1.0, 2.0}), seconds(3));
  EXPECT_THAT(audit.faults(), IsEmpty());
  EXPECT_EQ(bulk().stored_samples, 3u);
}

TEST_F(AuditTest, WhatWasDurableMayNotGo) {
  keep(1, 1.5);
  keep(2, 2.5);
  audit.ended(0, seconds(5));
  std::array<spool::LedgerLine, telemetry::tier_count> ledger;
  ledger[static_cast<std::size_t>(Tier::bulk)].produced = 1;
  audit.reopened(0, epoch, ledger);
  EXPECT_THAT(audit.faults(), ElementsAre(HasSubstr("number 2 was durable and is gone")));
  EXPECT_EQ(bulk().cut.samples, 1u);
  EXPECT_EQ(bulk().cut_age, seconds(4));
}

TEST_F(AuditTest, WhatWasInMemoryGoesWithTheProcess) {
  audit.accepted(0, {AssetId{0}, SignalId{1}, Time{1}, 1}, seconds(1));
  audit.ended(0, seconds(2));
  EXPECT_THAT(audit.faults(), IsEmpty());
  EXPECT_EQ(bulk().cut.samples, 1u);
  EXPECT_EQ(bulk().cut_age, seconds(1));
}

/// Refused as the power went, it may be on the disk; that a later life ended too changes nothing.
TEST_F(AuditTest, WhatWasRefusedAsThePowerWentMayComeLater) {
  const auto refuse = [&](double value, Duration now) {
    audit.accepted(0, {AssetId{0}, SignalId{1}, Time{1}, value}, now);
    audit.recorded(0, epoch, Tier::bulk, 0, block(value), now);
  };
  refuse(1.5, seconds(1));
  audit.ended(0, seconds(1));
  refuse(2.5, seconds(2));
  audit.ended(0, seconds(3));
  audit.stored(batch(1, {1.5}), seconds(4));
  EXPECT_THAT(audit.faults(), IsEmpty());
  audit.stored(batch(2, {2.5}), seconds(5));
  EXPECT_THAT(audit.faults(), ElementsAre(HasSubstr("stored 1 records where 0 were due")));
}

TEST_F(AuditTest, NothingIsSentBeforeItIsDurable) {
  audit.accepted(0, {AssetId{0}, SignalId{1}, Time{1}, 1}, seconds(1));
  audit.recorded(0, epoch, Tier::bulk, 1, block(1), seconds(1));
  audit.stored(batch(1, {1}), seconds(2));
  EXPECT_THAT(audit.faults(), ElementsAre(HasSubstr("sent before it was durable")));
}

}  // namespace
}  // namespace wayside::sim
