#include "telemetry/record.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <cmath>

#include "telemetry/utf8.hpp"

namespace wayside::telemetry {
namespace {

template <class T>
T round_trip(const T& in) {
  const auto out = decode(encode(Record(in)));
  if (!out) throw std::runtime_error(out.error().message);
  return std::get<T>(*out);
}

TEST(Record, Samples) {
  const SampleBlock in{"loco-1",    "coolant_temp",
                       3,           {Time{10}, Time{20}},
                       {71.5, NAN}, {Quality::good, Quality::not_finite}};
  const SampleBlock out = round_trip(in);
  EXPECT_EQ(out.asset, in.asset);
  EXPECT_EQ(out.signal, in.signal);
  EXPECT_EQ(out.version, 3u);
  EXPECT_EQ(out.times, in.times);
  EXPECT_EQ(out.values[0], 71.5);
  EXPECT_TRUE(std::isnan(out.values[1]));
  EXPECT_EQ(out.qualities, in.qualities);
  EXPECT_EQ(row_count(in), 2u);
}

TEST(Record, Features) {
  const FeatureBlock in{"loco-1", {"a", "b"}, {Time{-5}, Time{5}, Time{0}}, {1, NAN, 3, 4, 5, 6}};
  const FeatureBlock out = round_trip(in);
  EXPECT_EQ(out.names, in.names);
  EXPECT_EQ(out.times, in.times);
  EXPECT_EQ(out.values[5], 6);
  EXPECT_TRUE(std::isnan(out.values[1]));
  EXPECT_EQ(row_count(in), 6u);
  EXPECT_TRUE(round_trip(FeatureBlock{"x", {"a"}, {}, {}}).times.empty());
}

TEST(Record, DecisionEventHealthGap) {
  const Decision decision =
      round_trip(Decision{"a", "m", "r", Time{7}, 0.5, "leak", 0.9, 12.5, "alert", "{}"});
  EXPECT_EQ(decision.label, "leak");
  EXPECT_EQ(decision.time, Time{7});
  EXPECT_EQ(decision.latency_us, 12.5);
  EXPECT_EQ(decision.inputs_json, "{}");
  const Event event =
      round_trip(Event{"", "link_lost", Time{9}, Severity::alarm, "text", "{\"a\":1}"});
  EXPECT_EQ(event.severity, Severity::alarm);
  EXPECT_EQ(event.data_json, "{\"a\":1}");
  const Health health = round_trip(Health{Time{1}, {"cpu", "mem"}, {0.5, 2}});
  EXPECT_EQ(health.metrics[1], "mem");
  EXPECT_EQ(health.values[1], 2);
  const Gap gap = round_trip(Gap{5, 100, "spool_full", Time{1}, Time{2}});
  EXPECT_EQ(gap.records, 5u);
  EXPECT_EQ(gap.samples, 100u);
  EXPECT_EQ(gap.last_time, Time{2});
  EXPECT_EQ(row_count(gap), 1u);
}

TEST(Record, SeverityNames) {
  EXPECT_EQ(to_string(Severity::info), "info");
  EXPECT_EQ(to_string(Severity::alarm), "alarm");
}

TEST(Record, BrokenInputIsCorrupt) {
  for (const std::string_view bytes : {"", "\xff\xff", "abc", "\x0a\x7f"}) {
    const auto record = decode(bytes);
    ASSERT_FALSE(record) << bytes;
    EXPECT_EQ(record.error().code, Errc::corrupt);
  }
  EXPECT_FALSE(decode(std::string(record_bytes_max + 1, 'x')));
  EXPECT_FALSE(decode(encode(Gap{0, 0, "none", {}, {}})));
}

RC_GTEST_PROP(RecordProperty, ChangedBytesNeverCrash, ()) {
  std::string bytes = encode(FeatureBlock{"asset", {"a", "b"}, {Time{1}, Time{2}}, {1, 2, 3, 4}});
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  const auto record = decode(bytes);
  RC_ASSERT(record || record.error().code == Errc::corrupt);
}

TEST(Utf8, WellFormedTextStaysAndTheRestIsReplaced) {
  EXPECT_EQ(well_formed_utf8("°C → \xf0\x9f\x9a\x82"), "°C → \xf0\x9f\x9a\x82");
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(well_formed_utf8("a\xff"
                             "b"),
            "a" + bad + "b");
  EXPECT_EQ(well_formed_utf8("\xc0\x80"), bad + bad);            // too long
  EXPECT_EQ(well_formed_utf8("\xed\xa0\x80"), bad + bad + bad);  // a surrogate
  EXPECT_EQ(well_formed_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad);
  EXPECT_EQ(well_formed_utf8("\xe2\x82"), bad + bad);  // cut off
  EXPECT_EQ(well_formed_utf8("\xb0"), bad);
}

TEST(Utf8, TextsOfRecordsCanHoldAnyBytes) {
  EXPECT_EQ(round_trip(Event{"a", "k", Time{}, Severity::info,
                             "25 \xb0"
                             "C",
                             ""})
                .text,
            "25 \xef\xbf\xbd"
            "C");
}

}  // namespace
}  // namespace wayside::telemetry
