#include "node/restart/horizon.hpp"

#include <gmock/gmock.h>

#include "node/node_fixture.hpp"

namespace wayside::node {
namespace {

using spool::Retention;
using telemetry::SampleBlock;
using telemetry::Tier;
using testing::ElementsAre;

// One asset of a kind that reaches a minute back, two of another that reaches ten.
const char* const yaml =
    "node: n1\nstate: /tmp/wayside-test\n"
    "kinds:\n"
    "  fast:\n"
    "    signals: {a: {}, b: {}}\n"
    "    features: {every: 1s, idle: 5s, define: {x: \"mean(a, 50s)\"}}\n"
    "  slow:\n"
    "    signals: {c: {}, d: {}}\n"
    "    features: {every: 1s, idle: 5s, define: {x: \"mean(c, 10min)\", y: \"lag(d, 1min)\"}}\n"
    "    rules: {r: {when: x > 1, for: 5min}}\n"
    "  mute: {signals: {e: {}}}\n"
    "assets:\n"
    "  - {name: f1, kind: fast}\n  - {name: s1, kind: slow}\n  - {name: s2, kind: slow}\n"
    "  - {name: m1, kind: mute}\n"
    "sources: []\n";

struct HorizonTest : testing::Test {
  /// A block of one sample, and whether something changed behind it.
  std::optional<Retention> second(const std::string& asset, const std::string& signal,
                                  std::int64_t s, double value = 1) {
    ++seq;
    horizon.note(
        Tier::diagnostic, seq,
        SampleBlock{asset, signal, 1, {at_second(s)}, {value}, {telemetry::Quality::good}});
    clock.advance(seconds(1));
    auto change = horizon.advance();
    if (change) last = *change;
    return change;
  }
  [[nodiscard]] std::uint64_t kept_from() const { return last.from[1]; }

  AgentConfig config = parse_good(yaml);
  ManualClock clock{at_second(0)};
  Horizon horizon{config, clock};
  std::uint64_t seq = 0;
  Retention last{{1, 1, 1}, ""};
};

TEST_F(HorizonTest, SpansFollowFromTheConfiguration) {
  // 50 s + 5 s idle + 2 ticks; nothing to judge but one tick.
  EXPECT_EQ(horizon.span_of(0).windows, seconds(57));
  EXPECT_EQ(horizon.span_of(0).judging, seconds(1));
  EXPECT_EQ(horizon.span_of(1).windows, seconds(607));
  EXPECT_EQ(horizon.span_of(1).judging, seconds(301));
  EXPECT_EQ(horizon.span_of(2).total(), Duration{0});
  horizon.set_history(0, 60);
  EXPECT_EQ(horizon.span_of(0).windows, seconds(57 + 59));
}

TEST_F(HorizonTest, KeepsTheSpanOfEachAssetAndLittleMore) {
  horizon.begin(last, {});
  horizon.ready();
  for (int s = 0; s < 58; ++s) second("f1", "a", s);
  EXPECT_EQ(kept_from(), 1u);
  for (int s = 58; s < 300; ++s) {
    second("f1", "a", s);
    // Sample s has number s + 1.
    EXPECT_LE(kept_from(), static_cast<std::uint64_t>(std::max(1, s + 1 - 58 + 1)));
    EXPECT_GE(kept_from() + 58 + 58 / 16 + 2, static_cast<std::uint64_t>(s));
  }
}

TEST_F(HorizonTest, TheAssetThatReachesFurthestBackCounts) {
  horizon.begin(last, {});
  horizon.ready();
  for (int s = 0; s < 600; ++s) {
    second("f1", "a", s);
    second("s1", "c", s);
  }
  EXPECT_EQ(kept_from(), 2u);
  for (int s = 600; s < 1200; ++s) second("f1", "a", s);
  EXPECT_EQ(kept_from(), 2u);  // s1 has fallen silent, and may come back
  for (int s = 1200; s < 1200 + 3600; ++s) second("f1", "a", s);
  EXPECT_GT(kept_from(), 5000u);  // not within the hour
}

TEST_F(HorizonTest, AnAssetThatIsNeverHeardKeepsNothing) {
  horizon.begin(last, {});
  horizon.ready();
  for (int s = 0; s < 100; ++s) {
    second("f1", "a", s);
    second("m1", "e", s);
    second("nobody", "e", s);
  }
  EXPECT_GT(kept_from(), 1u);
  const std::uint64_t before = seq;
  second("s1", "c", 100);
  for (int s = 100; s < 200; ++s) second("f1", "a", s);
  EXPECT_LE(kept_from(), before + 1);
  EXPECT_GT(kept_from(), before - 10);
}

TEST_F(HorizonTest, NothingIsLetGoBeforeAllIsNoted) {
  horizon.begin(last, {});
  for (int s = 0; s < 200; ++s) EXPECT_FALSE(second("f1", "a", s));
  horizon.ready();
  // What was noted until then is needed for another span.
  second("f1", "a", 200);
  EXPECT_EQ(kept_from(), 1u);
  for (int s = 201; s < 300; ++s) second("f1", "a", s);
  EXPECT_GT(kept_from(), 200u);
}

TEST_F(HorizonTest, RemembersWhatLagsReadFromBeforeTheKeptSamples) {
  horizon.begin(last, {{"s1", "d", 1, at_second(-100), 7}, {"s2", "d", 1, at_second(-9), 9}});
  horizon.ready();
  second("s1", "d", 3, 42);
  for (int s = 4; s < 2000; ++s) second("s1", "c", s);
  const auto remembered = decode_remembered(last.note);
  ASSERT_TRUE(remembered);
  EXPECT_THAT(*remembered, ElementsAre(RememberedValue{"s1", "d", 1, at_second(3), 42},
                                       RememberedValue{"s2", "d", 1, at_second(-9), 9}));
}

TEST(Remembered, ReadsBackAndNoticesDamage) {
  const std::vector<RememberedValue> values{{"s1", "d", 3, at_second(-100), -0.0},
                                            {"a", "b", 1, at_second(5), 1e300}};
  const std::string note = encode_remembered(values);
  EXPECT_EQ(*decode_remembered(note), values);
  EXPECT_TRUE(decode_remembered(encode_remembered({}))->empty());
  EXPECT_FALSE(decode_remembered(""));
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string damaged = note;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    EXPECT_FALSE(decode_remembered(damaged)) << i;
    EXPECT_FALSE(decode_remembered(note.substr(0, i))) << i;
  }
}

}  // namespace
}  // namespace wayside::node
