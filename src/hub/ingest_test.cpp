#include "hub/ingest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "base/clock.hpp"
#include "hub/store/memory/memory_store.hpp"
#include "hub/store/store_suite.hpp"
#include "link/topics.hpp"

namespace wayside::hub {
namespace {

using telemetry::Tier;

const StreamKey key{"n1", 0x9f1c, Tier::bulk};

std::string samples(std::vector<double> values, Time first = suite::start) {
  return telemetry::encode(suite::block("a1", "s", first, std::move(values)));
}

class IngestTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ingest_.load());
    ingest_.know(key.node, key.epoch);
  }

  static link::Frame frame(std::uint64_t first_seq, std::vector<std::string> records) {
    link::Frame f;
    f.node = key.node;
    f.epoch = key.epoch;
    f.tier = key.tier;
    f.first_seq = first_seq;
    f.produced = first_seq + records.size() - 1;
    f.records = std::move(records);
    return f;
  }
  void take(const link::Frame& f) {
    ingest_.take(link::up_topic(f.node, f.tier), link::encode_frame(f));
  }
  /// The totals and the acknowledgement after a commit.
  StreamTotals commit() {
    auto committed = ingest_.commit();
    EXPECT_TRUE(committed);
    last_ = *committed;
    const auto totals = store_.streams().value();
    return totals.contains(key) ? totals.at(key) : StreamTotals{};
  }
  link::AckStream ack() const { return last_.acks.at("n1").at(0); }
  double malformed(const std::string& node, const std::string& reason) const {
    for (const auto& value : metrics_.values("wayside_hub_malformed_total"))
      if (value.labels == Labels{{"node", node}, {"reason", reason}}) return value.value;
    return 0;
  }

  MemoryStore store_;
  ManualClock clock_{suite::start};
  Metrics metrics_;
  Ingest ingest_{store_, clock_, metrics_, Log()};
  Committed last_;
};

TEST_F(IngestTest, StoresWhatANodeSaidLastOfItsAssets) {
  EXPECT_FALSE(ingest_.pending());
  ingest_.describe({{"n1", "a1", "north", "pump", {}}, {"n1", "a2", "north", "pump", {}}});
  ingest_.describe({{"n1", "a1", "south", "pump", {{"fleet", "East"}}}});
  EXPECT_TRUE(ingest_.pending());
  (void)commit();
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(store_.assets(),
            (std::vector<AssetRow>{{"n1", "a1", "south", "pump", {{"fleet", "East"}}},
                                   {"n1", "a2", "north", "pump", {}}}));
  ingest_.describe({{"n1", "a1", "east", "pump", {}}});
  ASSERT_TRUE(ingest_.load());
  EXPECT_FALSE(ingest_.pending());
}

TEST_F(IngestTest, AcknowledgesWhatItCommitted) {
  take(frame(1, {samples({1, 2}), samples({3})}));
  EXPECT_TRUE(ingest_.pending());
  const StreamTotals totals = commit();
  EXPECT_EQ(totals.watermark, 2u);
  EXPECT_EQ(totals.delivered, 2u);
  EXPECT_EQ(ack().watermark, 2u);
  EXPECT_FALSE(ack().rewind);
  EXPECT_EQ(last_.rows.samples, 3u);
  ASSERT_EQ(last_.newest.size(), 1u);
  EXPECT_EQ(last_.newest[0].time, suite::start + seconds(1));
  EXPECT_FALSE(ingest_.pending());
}

TEST_F(IngestTest, TheNewestSampleIsOfQualityGood) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  take(frame(1, {samples({1, 2, nan})}));
  (void)commit();
  ASSERT_EQ(last_.newest.size(), 1u);
  EXPECT_EQ(last_.newest[0].time, suite::start + seconds(1));
  take(frame(2, {samples({nan})}));
  (void)commit();
  EXPECT_TRUE(last_.newest.empty());
}

TEST_F(IngestTest, CountsRepeatsAndAcknowledgesThemAgain) {
  take(frame(1, {samples({1}), samples({2})}));
  commit();
  take(frame(1, {samples({1}), samples({2}), samples({3})}));
  const StreamTotals totals = commit();
  EXPECT_EQ(totals.duplicates, 2u);
  EXPECT_EQ(totals.delivered, 3u);
  EXPECT_EQ(ack().watermark, 3u);
  EXPECT_EQ(store_.samples("a1", "s").size(), 3u);
}

TEST_F(IngestTest, AsksOnceForWhatIsMissing) {
  take(frame(3, {samples({3})}));
  take(frame(4, {samples({4})}));
  commit();
  EXPECT_TRUE(ack().rewind);
  EXPECT_EQ(ack().watermark, 0u);
  // Frames that were under way do not ask again, until the node had time to answer.
  take(frame(5, {samples({5})}));
  commit();
  EXPECT_FALSE(ack().rewind);
  clock_.advance(StreamIntake::rewind_pause);
  take(frame(6, {samples({6})}));
  commit();
  EXPECT_TRUE(ack().rewind);
  EXPECT_TRUE(store_.samples("a1", "s").empty());
}

TEST_F(IngestTest, AGapMovesTheStreamOn) {
  const telemetry::Gap gap{4, 40, "spool_full", suite::start, suite::start};
  link::Frame f = frame(1, {samples({1}), telemetry::encode(gap), samples({6})});
  f.produced = 6;
  take(f);
  const StreamTotals totals = commit();
  EXPECT_EQ(totals.watermark, 6u);
  EXPECT_EQ(totals.delivered, 2u);
  EXPECT_EQ(totals.dropped, 4u);
  EXPECT_TRUE(totals.balanced());
  EXPECT_EQ(store_.drop_reasons().value().at(key).at("spool_full"), 4u);
}

/// The acknowledgement of 1 to 3 was under way when the node dropped 2 to 6.
TEST_F(IngestTest, AGapOverWhatIsStoredCountsTheRestAlone) {
  take(frame(1, {samples({1}), samples({2}), samples({3})}));
  commit();
  const telemetry::Gap gap{5, 50, "spool_full", suite::start, suite::start};
  link::Frame f = frame(2, {telemetry::encode(gap), samples({7})});
  f.produced = 7;
  take(f);
  const StreamTotals totals = commit();
  EXPECT_EQ(totals.watermark, 7u);
  EXPECT_EQ(totals.delivered, 4u);
  EXPECT_EQ(totals.dropped, 3u);
  EXPECT_TRUE(totals.balanced());
}

TEST_F(IngestTest, AGapBeyondWhatWasProducedIsNotBelieved) {
  const telemetry::Gap gap{1ull << 61, 1, "spool_full", suite::start, suite::start};
  take(frame(1, {telemetry::encode(gap)}));
  const StreamTotals totals = commit();
  EXPECT_EQ(totals.watermark, 1u);
  EXPECT_EQ(malformed("n1", "record"), 1);
}

/// The hub's store is new; the node let go of 1 to 9 long ago.
TEST_F(IngestTest, AccountsForWhatAnEarlierStoreHad) {
  link::Frame f = frame(10, {samples({10})});
  f.acknowledged = 9;
  take(f);
  const StreamTotals totals = commit();
  EXPECT_EQ(totals.watermark, 10u);
  EXPECT_EQ(totals.dropped, 9u);
  EXPECT_EQ(totals.delivered, 1u);
  EXPECT_EQ(store_.drop_reasons().value().at(key).at("other_store"), 9u);
}

TEST_F(IngestTest, RefusesAFrameInAnothersName) {
  const link::Frame f = frame(1, {samples({1})});
  ingest_.take(link::up_topic("evil", Tier::bulk), link::encode_frame(f));
  ingest_.take(link::up_topic("n1", Tier::critical), link::encode_frame(f));
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("evil", "sender"), 1);
  EXPECT_EQ(malformed("n1", "sender"), 1);
}

TEST_F(IngestTest, CountsWhatIsNoFrame) {
  ingest_.take(link::up_topic("n1", Tier::bulk), "\x01garbage");
  ingest_.take(link::up_topic("n1", Tier::bulk), "");
  ingest_.take("wayside/v1/n1/down/ack", "x");
  link::Frame f = frame(1, {samples({1})});
  f.first_seq = Ingest::seq_max;
  take(f);
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("n1", "frame"), 2);
  EXPECT_EQ(malformed("unknown", "topic"), 1);
  EXPECT_EQ(malformed("n1", "numbers"), 1);
}

TEST_F(IngestTest, KeepsARecordThatCannotBeReadAside) {
  take(frame(1, {samples({1}), "\xff\xff broken", samples({3})}));
  const StreamTotals totals = commit();
  EXPECT_EQ(totals.watermark, 3u);
  EXPECT_EQ(totals.delivered, 2u);
  EXPECT_EQ(totals.dropped, 1u);
  ASSERT_EQ(store_.quarantine().size(), 1u);
  EXPECT_EQ(store_.quarantine()[0].bytes, "\xff\xff broken");
  EXPECT_EQ(malformed("n1", "record"), 1);
}

TEST_F(IngestTest, KeepsTimesItCannotShowAside) {
  take(frame(1, {samples({1}, Time::min())}));
  EXPECT_EQ(commit().dropped, 1u);
}

TEST_F(IngestTest, GivesEventsTheirRuleAndAnIdThatStays) {
  telemetry::Event event{"a1",
                         "alert_cleared",
                         suite::start + seconds(9),
                         telemetry::Severity::info,
                         "over",
                         R"({"rule":"hot","raised":1767225600000000000})"};
  take(frame(1, {telemetry::encode(event)}));
  commit();
  ASSERT_EQ(last_.events.size(), 1u);
  EXPECT_EQ(last_.events[0].id, "n1.0000000000009f1c.b1");
  EXPECT_EQ(last_.events[0].rule, "hot");
  EXPECT_EQ(last_.events[0].raised, suite::start);
}

/// A node that lost its spool: the rest of its old epoch does not stay queued for ever, and the
/// account balances at every moment, also when the node goes back to it after all.
TEST_F(IngestTest, EndsTheEpochThatANodeLeft) {
  link::Frame old = frame(1, {samples({1}), samples({2})});
  old.produced = 9;
  take(old);
  EXPECT_EQ(commit().queued(), 7u);
  ingest_.know(key.node, key.epoch + 100);
  // What was on its way when the node changed.
  old = frame(3, {samples({3})});
  old.produced = 9;
  take(old);
  EXPECT_EQ(commit().delivered, 3u);
  link::Frame next = frame(1, {samples({5})});
  next.epoch = key.epoch + 100;
  take(next);
  StreamTotals totals = commit();
  EXPECT_TRUE(totals.closed);
  EXPECT_EQ(totals.queued(), 0u);
  EXPECT_EQ(totals.abandoned(), 6u);
  EXPECT_TRUE(totals.balanced());
  link::Frame late = frame(4, {samples({4})});
  late.produced = 10;
  take(late);
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("n1", "epoch"), 1);
  // It goes on after all.
  ingest_.know(key.node, key.epoch);
  take(late);
  totals = commit();
  EXPECT_EQ(totals.delivered, 4u);
  EXPECT_FALSE(totals.closed);
  EXPECT_EQ(totals.queued(), 6u);
  EXPECT_TRUE(totals.balanced());
}

TEST_F(IngestTest, RefusesAnEpochThatItsNodeIsNotIn) {
  link::Frame f = frame(1, {samples({1})});
  f.epoch = key.epoch + 1;
  take(f);
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("n1", "epoch"), 1);
  EXPECT_EQ(ingest_.committed().size(), 0u);
}

TEST_F(IngestTest, RefusesANodeThatNobodyHasHeardOf) {
  link::Frame f = frame(1, {samples({1})});
  f.node = "stranger";
  take(f);
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("stranger", "unknown_node"), 1);
  ingest_.know("stranger", 0);
  take(f);
  EXPECT_TRUE(ingest_.pending());
}

/// The catalog is new; the store has streams of the node.
TEST_F(IngestTest, KnowsTheNodesOfItsStreams) {
  take(frame(1, {samples({1})}));
  commit();
  Ingest again{store_, clock_, metrics_, Log()};
  ASSERT_TRUE(again.load());
  again.take(link::up_topic("n1", Tier::bulk), link::encode_frame(frame(2, {samples({2})})));
  EXPECT_TRUE(again.pending());
}

TEST_F(IngestTest, RefusesNumbersThatCannotBe) {
  link::Frame f = frame(1, {samples({1}), samples({2})});
  f.produced = 1;
  take(f);
  f = frame(5, {samples({1})});
  f.acknowledged = 5;
  take(f);
  f = frame(3, {samples({1})});
  f.produced = 2;
  take(f);
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("n1", "numbers"), 3);
}

TEST_F(IngestTest, RefusesRecordsBehindAGapThatGoBeyondWhatWasProduced) {
  const telemetry::Gap gap{100, 40, "spool_full", suite::start, suite::start};
  link::Frame f = frame(1, {telemetry::encode(gap), samples({101}), samples({102})});
  f.produced = 101;
  take(f);
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("n1", "numbers"), 1);
  f.produced = 102;
  take(f);
  EXPECT_TRUE(commit().balanced());
  EXPECT_EQ(ack().watermark, 102u);
}

/// Its spool is an older copy: the same numbers, other records. Nothing of it is acknowledged, or
/// the node would let go of what is stored nowhere.
TEST_F(IngestTest, RefusesNumbersThatComeAgainWithSomethingElse) {
  take(frame(1, {samples({1}), samples({2}), samples({3})}));
  commit();
  take(frame(2, {samples({20}), samples({30}), samples({4})}));
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("n1", "went_back"), 1);
  take(frame(4, {samples({4})}));
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("n1", "went_back"), 2);
  EXPECT_EQ(ingest_.committed().at(key).watermark, 3u);
  // A new epoch is a new beginning.
  ingest_.know("n1", key.epoch + 1);
  link::Frame f = frame(1, {samples({20})});
  f.epoch = key.epoch + 1;
  take(f);
  EXPECT_TRUE(ingest_.pending());
}

/// Doubled by the network, or of a spool that is an older copy, which the answer tells its node.
TEST_F(IngestTest, AnswersNowAndThenAFrameThatSaysLessThanWasHeard) {
  const link::Frame first = frame(1, {samples({1})});
  take(first);
  take(frame(2, {samples({2})}));
  commit();
  take(first);
  EXPECT_EQ(commit().duplicates, 1u);
  EXPECT_EQ(ack().watermark, 2u);
  take(first);
  EXPECT_FALSE(ingest_.pending());
  const auto stale = metrics_.values("wayside_hub_stale_frames_total").at(0);
  EXPECT_TRUE(stale.value == 2 && stale.labels.at("node") == "n1");
  // Overtaken, but new all the same.
  take(frame(4, {samples({4})}));
  commit();
  EXPECT_TRUE(ack().rewind);
  take(frame(3, {samples({3})}));
  EXPECT_EQ(commit().watermark, 3u);
}

TEST_F(IngestTest, RefusesAFrameOf100Megabytes) {
  ingest_.take(link::up_topic("n1", Tier::bulk), std::string(100u << 20, 'x'));
  ingest_.take_oversize(link::up_topic("n1", Tier::bulk), 200u << 20);
  EXPECT_FALSE(ingest_.pending());
  EXPECT_EQ(malformed("n1", "frame"), 1);
  EXPECT_EQ(malformed("n1", "oversize"), 1);
}

/// What is new comes first; what waited fills the space before it.
TEST_F(IngestTest, TakesWhatGoesAhead) {
  const auto live = [](std::uint64_t seq, double value) {
    link::Frame f =
        frame(seq, {samples({value}, suite::start + seconds(static_cast<std::int64_t>(value)))});
    f.live_from = 11;
    return f;
  };
  take(frame(1, {samples({1})}));
  take(live(11, 11));
  take(live(12, 12));
  StreamTotals totals = commit();
  EXPECT_EQ(totals.watermark, 1u);
  EXPECT_EQ(totals.ahead, (telemetry::SeqRanges{{11, 12}}));
  EXPECT_EQ(totals.delivered, 3u);
  EXPECT_EQ(totals.queued(), 9u);
  EXPECT_TRUE(totals.balanced());
  EXPECT_EQ(ack().ahead, totals.ahead);
  EXPECT_FALSE(ack().rewind);
  // Some of the lane was lost.
  take(live(14, 14));
  totals = commit();
  EXPECT_TRUE(ack().rewind_live);
  EXPECT_FALSE(ack().rewind);
  EXPECT_EQ(totals.ahead, (telemetry::SeqRanges{{11, 12}}));
  // The same again is not stored again; nor is it by a hub that was started anew.
  take(live(12, 12));
  Ingest again{store_, clock_, metrics_, Log()};
  ASSERT_TRUE(again.load());
  again.take(link::up_topic("n1", Tier::bulk), link::encode_frame(live(11, 11)));
  ASSERT_TRUE(again.commit());
  EXPECT_EQ(store_.samples("a1", "s").size(), 3u);
  // What waited: eight records and, since one was dropped, a gap that reaches over what came ahead.
  std::vector<std::string> waited;
  for (int i = 2; i < 10; ++i) waited.push_back(samples({static_cast<double>(i)}));
  waited.push_back(telemetry::encode(telemetry::Gap{2, 20, "expired", suite::start, suite::start}));
  link::Frame rest = frame(2, waited);
  rest.produced = 12;
  take(rest);
  totals = commit();
  EXPECT_EQ(totals.watermark, 12u);
  EXPECT_TRUE(totals.ahead.empty());
  EXPECT_EQ(totals.delivered, 11u);
  EXPECT_EQ(totals.dropped, 1u);
  EXPECT_TRUE(totals.balanced());
}

TEST_F(IngestTest, RemembersNoMoreRangesThanItMay) {
  for (std::uint64_t i = 1; i <= telemetry::seq_ranges_max + 1; ++i) {
    link::Frame f = frame(100 * i, {samples({1})});
    f.live_from = 100 * i;
    take(f);
  }
  EXPECT_EQ(commit().ahead.size(), telemetry::seq_ranges_max);
  EXPECT_EQ(malformed("n1", "ranges"), 1);
}

/// An alert waited while its end went ahead.
TEST_F(IngestTest, EndsAnAlertThatCameAfterItsEnd) {
  telemetry::Event raised{"a1",   "alert_raised",     suite::start, telemetry::Severity::alarm,
                          "over", R"({"rule":"hot"})"};
  telemetry::Event cleared{"a1",
                           "alert_cleared",
                           suite::start + seconds(9),
                           telemetry::Severity::info,
                           "over",
                           R"({"rule":"hot","raised":1767225600000000000})"};
  link::Frame live = frame(5, {telemetry::encode(cleared), samples({1})});
  live.live_from = 5;
  take(live);
  commit();
  link::Frame waited = frame(1, {telemetry::encode(raised)});
  waited.produced = 6;
  take(waited);
  commit();
  ASSERT_EQ(last_.events.size(), 1u);
  EXPECT_EQ(last_.events[0].cleared, suite::start + seconds(9));
  EventFilter open;
  open.uncleared = true;
  EXPECT_TRUE(store_.events(open).value().empty());
}

TEST_F(IngestTest, AttributesEveryByte) {
  std::size_t sent = 0;
  for (const link::Frame& f : {frame(1, {samples({1, 2, 3}), samples({4})}), frame(3, {"\xff"})}) {
    const std::string topic = link::up_topic(f.node, f.tier);
    const std::string payload = link::encode_frame(f);
    sent += link::wire_bytes(topic, payload.size());
    ingest_.take(topic, payload);
  }
  double counted = 0;
  std::set<std::string> kinds;
  for (const auto& value : metrics_.values("wayside_hub_wire_bytes_total")) {
    EXPECT_EQ(value.labels.at("node"), "n1");
    kinds.insert(value.labels.at("kind"));
    counted += value.value;
  }
  EXPECT_EQ(counted, static_cast<double>(sent));
  EXPECT_EQ(kinds, (std::set<std::string>{"samples", "unreadable"}));
}

TEST_F(IngestTest, AFailedCommitAcknowledgesNothing) {
  store_.fail_commits(1, {Errc::full, "no room"});
  take(frame(1, {samples({1})}));
  EXPECT_FALSE(ingest_.commit());
  ASSERT_TRUE(store_.recover());
  ASSERT_TRUE(ingest_.load());
  take(frame(1, {samples({1})}));
  EXPECT_EQ(commit().duplicates, 0u);
  EXPECT_EQ(store_.samples("a1", "s").size(), 1u);
}

/// The store took it and failed to say so: what comes again is a repeat.
TEST_F(IngestTest, ACommitThatFailedAfterStoringIsNotStoredTwice) {
  store_.fail_commits(1, {Errc::io, "lost the answer"}, true);
  take(frame(1, {samples({1})}));
  EXPECT_FALSE(ingest_.commit());
  ASSERT_TRUE(ingest_.load());
  take(frame(1, {samples({1})}));
  EXPECT_EQ(commit().duplicates, 1u);
  EXPECT_EQ(store_.samples("a1", "s").size(), 1u);
}

}  // namespace
}  // namespace wayside::hub
