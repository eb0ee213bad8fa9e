#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <cmath>
#include <limits>
#include <memory>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "hub/ingest.hpp"
#include "hub/store/store.hpp"
#include "link/frame.hpp"
#include "link/topics.hpp"

/// What every store must do, as functions that a store's own test calls.
namespace wayside::hub::suite {

inline constexpr Time start{1'767'225'600'000'000'000};

inline telemetry::SampleBlock block(std::string asset, std::string signal, Time first,
                                    std::vector<double> values, Duration step = seconds(1)) {
  telemetry::SampleBlock b;
  b.asset = std::move(asset);
  b.signal = std::move(signal);
  for (std::size_t i = 0; i < values.size(); ++i) {
    b.times.push_back(first + step * static_cast<std::int64_t>(i));
    b.qualities.push_back(std::isfinite(values[i]) ? telemetry::Quality::good
                                                   : telemetry::Quality::not_finite);
  }
  b.values = std::move(values);
  return b;
}

inline EventRow alert(const std::string& id, bool raised, Time time, const std::string& rule) {
  EventRow row;
  row.id = id;
  row.node = "n1";
  row.rule = rule;
  row.event = {"a1",   raised ? "alert_raised" : "alert_cleared",
               time,   telemetry::Severity::alarm,
               "text", "{\"rule\":\"" + rule + "\"}"};
  return row;
}

inline Batch batch_of_everything() {
  Batch batch;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  batch.samples.push_back({"n1", block("a1", "temp", start, {1, 5, nan, -3})});
  batch.samples.push_back({"n1", block("a1", "power", start, {7})});
  batch.samples.push_back({"n2", block("a2", "temp", start + seconds(9), {2})});
  batch.features.push_back(
      {"n1", {"a1", {"mean", "rise"}, {start, start + seconds(1)}, {1.5, nan, 2.5, 0.25}}});
  batch.decisions.push_back({"n1", {"a1", "m", "r1", start, 0.5, "normal", 0.75, 12, "", "{}"}});
  batch.decisions.push_back(
      {"n1", {"a1", "m", "r1", start + seconds(1), 0.9, "anomaly", 0.8, 13, "stop", "{\"x\":1}"}});
  batch.health.push_back({"n1", {start, {"cpu", "memory"}, {0.5, nan}}});
  batch.events.push_back(alert("e1", true, start + seconds(2), "hot"));
  batch.assets.push_back({"n1", "a1", "north", "pump", {{"fleet", "East"}, {"tons", "12"}}});
  batch.assets.push_back({"n2", "a2", "south", "pump", {}});
  batch.gaps.push_back({{"n1", 7, telemetry::Tier::bulk}, 3, 6, 40, "spool_full", start, start});
  batch.streams[{"n1", 7, telemetry::Tier::bulk}] = {9, 6, 2, 4, 1, start};
  batch.rows = 20;
  return batch;
}

inline void keeps_what_it_is_given(TelemetryStore& store) {
  const Batch batch = batch_of_everything();
  ASSERT_TRUE(store.commit(batch));
  EXPECT_EQ(store.streams().value(), batch.streams);
  EXPECT_EQ(store.row_counts().value(), (RowCounts{6, 4, 2, 1, 2}));
  const auto newest = store.newest_samples().value();
  ASSERT_EQ(newest.size(), 2u);
  const auto newest_of_a1 = [&] {
    Time time;
    const auto times = store.newest_samples().value();
    for (const NewestTime& n : times)
      if (n.node == "n1" && n.asset == "a1") time = n.time;
    return time;
  };
  EXPECT_EQ(newest_of_a1(), start + seconds(3));
  EXPECT_EQ(store.drop_reasons().value().at({"n1", 7, telemetry::Tier::bulk}).at("spool_full"), 4u);
  EXPECT_EQ(store.gaps({}).value(), batch.gaps);
  // A later batch replaces the totals of its streams and leaves others.
  Batch next;
  next.streams[{"n1", 7, telemetry::Tier::bulk}] = {12, 12, 8, 4, 1, start + seconds(1)};
  next.streams[{"n1", 7, telemetry::Tier::critical}] = {1, 1, 1, 0, 0, start};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  next.samples.push_back({"n1", block("a1", "temp", start + seconds(4), {nan, 6, nan})});
  const GapRow later{{"n2", 1, telemetry::Tier::bulk}, 1, 2, 9, "expired", start, start + days(1)};
  next.gaps.push_back(later);
  ASSERT_TRUE(store.commit(next));
  EXPECT_EQ(store.streams().value(), next.streams);
  EXPECT_EQ(newest_of_a1(), start + seconds(5)) << "of quality good";
  EXPECT_EQ(store.gaps({}).value(), (std::vector<GapRow>{later, batch.gaps[0]}));
  EXPECT_EQ(store.gaps({"n1", 10}).value(), batch.gaps);
  EXPECT_EQ(store.gaps({"", 1}).value(), (std::vector<GapRow>{later}));
}

inline void gives_series(TelemetryStore& store) {
  ASSERT_TRUE(store.commit(batch_of_everything()));
  SeriesRequest request;
  request.asset = "a1";
  request.from = start;
  request.to = start + seconds(60);
  auto all = store.series(request).value();
  std::map<std::string, SeriesData> by_name;
  for (SeriesData& s : all) by_name[s.name] = s;
  ASSERT_EQ(by_name.size(), 5u);
  EXPECT_EQ(by_name["temp"].values, (std::vector<double>{1, 5, -3}));
  EXPECT_EQ(by_name["temp"].kind, SeriesKind::signal);
  EXPECT_FALSE(by_name["temp"].reduced);
  EXPECT_EQ(by_name["rise"].kind, SeriesKind::feature);
  ASSERT_EQ(by_name["rise"].values.size(), 2u);
  EXPECT_TRUE(std::isnan(by_name["rise"].values[0]));
  EXPECT_EQ(by_name["m.score"].kind, SeriesKind::score);
  EXPECT_EQ(by_name["m.score"].values, (std::vector<double>{0.5, 0.9}));

  request.names = {"temp"};
  request.all_qualities = true;
  all = store.series(request).value();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].values.size(), 4u);
  EXPECT_TRUE(std::isnan(all[0].values[2]));
  request.from = request.to = start + seconds(1);
  all = store.series(request).value();
  EXPECT_EQ(all.at(0).times, std::vector<Time>{start + seconds(1)});
  request.asset = "nobody";
  EXPECT_TRUE(store.series(request).value().empty());
}

/// Equal times keep the order of arrival, and a spike survives the reduction.
/// However many series there are, an answer is bounded.
inline void bounds_series(TelemetryStore& store) {
  SeriesRequest request;
  request.asset = "many";
  request.from = start;
  request.to = start + days(2);
  request.points = 0;
  const std::size_t each = SeriesRequest::raw_max / 2;
  const std::size_t fit = SeriesRequest::values_max / each;
  for (std::size_t i = 0; i <= fit; ++i) {
    Batch batch;
    batch.samples.push_back(
        {"n1", block("many", fmt::format("s{}", i), start, std::vector<double>(each, 1))});
    ASSERT_TRUE(store.commit(batch));
    if (i < fit) request.names.push_back(fmt::format("s{}", i));
  }
  const auto whole = store.series(request);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->size(), fit);
  request.names.clear();
  const auto more = store.series(request);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Errc::full);
  EXPECT_THAT(more.error().message, testing::HasSubstr("together"));
  request.points = 600;
  EXPECT_EQ(store.series(request).value().size(), fit + 1);
}

inline void reduces_series(TelemetryStore& store) {
  Batch batch;
  std::vector<double> values(5'000, 1.0);
  values[1'234] = 99;
  values[4'000] = -99;
  batch.samples.push_back({"n1", block("a1", "s", start, values)});
  batch.samples.push_back({"n1", block("a1", "same", start, {3, 1, 2}, seconds(0))});
  ASSERT_TRUE(store.commit(batch));
  SeriesRequest request;
  request.asset = "a1";
  request.names = {"s"};
  request.from = start;
  request.to = start + seconds(5'000);
  request.points = 100;
  auto series = store.series(request).value();
  ASSERT_EQ(series.size(), 1u);
  EXPECT_TRUE(series[0].reduced);
  EXPECT_LE(series[0].values.size(), 100u);
  EXPECT_THAT(series[0].values, testing::Contains(99.0));
  EXPECT_THAT(series[0].values, testing::Contains(-99.0));
  request.points = 0;
  series = store.series(request).value();
  EXPECT_EQ(series[0].values, values);
  request.names = {"same"};
  series = store.series(request).value();
  EXPECT_EQ(series[0].values, (std::vector<double>{3, 1, 2}));
}

inline void gives_decisions_and_events(TelemetryStore& store) {
  ASSERT_TRUE(store.commit(batch_of_everything()));
  DecisionFilter decisions;
  decisions.asset = "a1";
  auto found = store.decisions(decisions).value();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].record.label, "anomaly");
  EXPECT_EQ(found[0].record.inputs_json, "{\"x\":1}");
  decisions.limit = 1;
  EXPECT_EQ(store.decisions(decisions).value().size(), 1u);
  decisions.to = start;
  EXPECT_EQ(store.decisions(decisions).value().at(0).record.score, 0.5);
  decisions.model = "other";
  EXPECT_TRUE(store.decisions(decisions).value().empty());

  EventFilter events;
  events.kind = "alert_raised";
  auto alerts = store.events(events).value();
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].id, "e1");
  EXPECT_EQ(alerts[0].rule, "hot");
  EXPECT_EQ(alerts[0].event.severity, telemetry::Severity::alarm);
  events = {};
  events.id = "nothing";
  EXPECT_TRUE(store.events(events).value().empty());
}

inline void ends_alerts(TelemetryStore& store) {
  Batch batch;
  batch.events = {alert("e1", true, start, "hot"), alert("e2", true, start, "cold")};
  ASSERT_TRUE(store.commit(batch));
  EventFilter open;
  open.uncleared = true;
  EXPECT_EQ(store.events(open).value().size(), 2u);
  Batch cleared;
  EventRow row = alert("e3", false, start + seconds(5), "hot");
  row.raised = start;
  cleared.events = {row};
  ASSERT_TRUE(store.commit(cleared));
  ASSERT_EQ(store.events(open).value().size(), 1u);
  EXPECT_EQ(store.events(open).value()[0].id, "e2");
  EventFilter first;
  first.id = "e1";
  EXPECT_EQ(store.events(first).value().at(0).cleared, start + seconds(5));
  // Raised again without having been cleared: the node was restarted; only the new one is open.
  Batch again;
  again.events = {alert("e4", true, start + seconds(9), "cold")};
  ASSERT_TRUE(store.commit(again));
  ASSERT_EQ(store.events(open).value().size(), 1u);
  EXPECT_EQ(store.events(open).value()[0].id, "e4");
}

/// Its end went ahead of it.
inline void keeps_alerts_that_come_ended(TelemetryStore& store) {
  Batch batch;
  EventRow row = alert("e1", true, start, "hot");
  row.cleared = start + seconds(5);
  batch.events = {row};
  ASSERT_TRUE(store.commit(batch));
  EventFilter filter;
  filter.uncleared = true;
  EXPECT_TRUE(store.events(filter).value().empty());
  filter = {};
  filter.id = "e1";
  EXPECT_EQ(store.events(filter).value().at(0).cleared, start + seconds(5));
}

inline void keeps_what_came_ahead(TelemetryStore& store) {
  const StreamKey key{"n1", 7, telemetry::Tier::diagnostic};
  Batch batch;
  StreamTotals totals{100, 10, 45, 6, 0, start};
  totals.ahead = {{20, 39}, {80, 100}};
  batch.streams[key] = totals;
  ASSERT_TRUE(totals.balanced());
  ASSERT_TRUE(store.commit(batch));
  EXPECT_EQ(store.streams().value().at(key), totals);
  totals = {100, 39, 64, 6, 0, start};
  totals.ahead = {{80, 100}};
  totals.delivered = 54;
  batch.streams[key] = totals;
  ASSERT_TRUE(totals.balanced());
  ASSERT_TRUE(store.commit(batch));
  EXPECT_EQ(store.streams().value().at(key), totals);
}

/// A node's stream as the property below drives it: numbered entries, some of them gaps.
struct NodeModel {
  StreamKey key;
  struct Entry {
    std::uint64_t seq, span;
    std::string bytes;
  };
  std::vector<Entry> entries;
  std::uint64_t produced = 0;
  std::uint64_t acknowledged = 0;
  std::vector<std::pair<Time, double>> samples;  ///< what must be stored, in order
  std::uint64_t dropped = 0;

  void add_samples(const std::string& asset, std::size_t n) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<double>(samples.size() + i));
    const auto b = block(asset, "s", start + seconds(static_cast<std::int64_t>(produced)), values);
    for (std::size_t i = 0; i < n; ++i) samples.emplace_back(b.times[i], b.values[i]);
    entries.push_back({++produced, 1, telemetry::encode(b)});
  }
  void add_gap(std::uint64_t records) {
    entries.push_back({produced + 1, records,
                       telemetry::encode(telemetry::Gap{records, 10, "spool_full", start, start})});
    produced += records;
    dropped += records;
  }
  /// Entries [first, first + n) in a frame; empty where there are none.
  [[nodiscard]] std::string frame(std::size_t first, std::size_t n,
                                  std::uint64_t live_from = 0) const {
    if (first >= entries.size()) return {};
    link::Frame f;
    f.node = key.node;
    f.epoch = key.epoch;
    f.tier = key.tier;
    f.first_seq = entries[first].seq;
    f.produced = produced;
    f.acknowledged = std::min(acknowledged, f.first_seq - 1);
    f.live_from = live_from;
    for (std::size_t i = first; i < std::min(entries.size(), first + n); ++i)
      f.records.push_back(entries[i].bytes);
    return link::encode_frame(f);
  }
  [[nodiscard]] std::size_t first_unacknowledged() const {
    std::size_t i = 0;
    while (i < entries.size() && entries[i].seq + entries[i].span - 1 <= acknowledged) ++i;
    return i;
  }
  void take_acks(const Committed& committed) {
    const auto found = committed.acks.find(key.node);
    if (found == committed.acks.end()) return;
    for (const link::AckStream& ack : found->second)
      if (ack.epoch == key.epoch && ack.tier == key.tier)
        acknowledged = std::max(acknowledged, ack.watermark);
  }
};

/// At full size, also in the first cases.
inline int pick(int from, int to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to));
}

/// Frames lost, doubled and reordered, commits and restarts of the hub in between: every sample is
/// stored once and in order, and the account balances.
inline void stores_every_record_once(TelemetryStore& store, const std::string& unique) {
  ManualClock clock(start);
  Metrics metrics;
  auto ingest = std::make_unique<Ingest>(store, clock, metrics, Log());
  NodeModel node;
  node.key = {"node-" + unique, 0x9f1c, telemetry::Tier::bulk};
  const auto load = [&] {
    RC_ASSERT(ingest->load().has_value());
    ingest->know(node.key.node, node.key.epoch);
  };
  load();
  const std::string asset = "asset-" + unique;
  const std::string topic = link::up_topic(node.key.node, node.key.tier);
  const auto take = [&](const std::string& payload) {
    if (!payload.empty()) ingest->take(topic, payload);
  };
  bool healed = false;
  std::size_t live_entry = 0;
  std::uint64_t live_from = 0;
  const auto commit = [&] {
    clock.advance(seconds(3));
    auto committed = ingest->commit();
    RC_ASSERT(committed.has_value());
    if (healed || pick(0, 4) != 0) node.take_acks(*committed);  // else the ack was lost
  };
  const int steps = pick(5, 60);
  for (int i = 0; i < steps; ++i) {
    const int what = pick(0, 10);
    if (what < 3) {
      node.add_samples(asset, static_cast<std::size_t>(pick(1, 5)));
    } else if (what < 4) {
      node.add_gap(static_cast<std::uint64_t>(pick(1, 9)));
    } else if (what < 5) {
      // What is new goes ahead: a lane begins, or goes on after some of it was lost.
      if (live_from == 0 || pick(0, 3) == 0) live_entry = node.entries.size();
      const auto from = live_entry + static_cast<std::size_t>(pick(0, 3));
      if (from < node.entries.size()) {
        live_from = node.entries[live_entry].seq;
        take(node.frame(from, static_cast<std::size_t>(pick(1, 4)), live_from));
      }
    } else if (what < 7) {
      const auto from = node.first_unacknowledged();
      const auto ahead = static_cast<std::size_t>(pick(0, 4));
      const auto back = static_cast<std::size_t>(pick(0, 3));
      take(node.frame(from + ahead - std::min(from + ahead, back),
                      static_cast<std::size_t>(pick(1, 4))));
    } else if (what < 9) {
      commit();
    } else {
      ingest = std::make_unique<Ingest>(store, clock, metrics, Log());  // killed and started again
      load();
    }
  }
  // The network heals: the node sends from its watermark on until all is acknowledged.
  healed = true;
  for (int round = 0; node.acknowledged < node.produced; ++round) {
    RC_ASSERT(round < 200);
    take(node.frame(node.first_unacknowledged(), 3));
    commit();
  }
  if (node.produced == 0) return;
  const StreamTotals totals = store.streams().value().at(node.key);
  RC_ASSERT(totals.produced == node.produced);
  RC_ASSERT(totals.watermark == node.produced);
  RC_ASSERT(totals.dropped == node.dropped);
  RC_ASSERT(totals.balanced());
  SeriesRequest request;
  request.asset = asset;
  request.names = {"s"};
  request.from = start;
  request.to = start + days(1);
  request.points = 0;
  const auto series = store.series(request).value();
  std::vector<std::pair<Time, double>> stored;
  for (const SeriesData& s : series)
    for (std::size_t i = 0; i < s.times.size(); ++i) stored.emplace_back(s.times[i], s.values[i]);
  // The series comes ordered by time, so does the model's list once sorted the same way; in what
  // went ahead equal times may have come in another order.
  std::stable_sort(node.samples.begin(), node.samples.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (live_from != 0) {
    std::sort(node.samples.begin(), node.samples.end());
    std::sort(stored.begin(), stored.end());
  }
  RC_ASSERT(stored == node.samples);
}

}  // namespace wayside::hub::suite
