#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>

#include "hub/questions/reference.hpp"

/// The questions asked of a store and of the reference, as functions that a store's own test calls
/// with an empty store.
namespace wayside::hub::questions::suite {

/// As text, with numbers to nine digits: sums are rounded differently.
inline std::string text_of(const LastValue& v) {
  return fmt::format("{} {} {} {} {} {} {} {:.9g}", v.asset->node, v.asset->asset, v.asset->kind,
                     v.asset->site, tags_json(v.asset->tags), v.signal, v.time.ns, v.value);
}
inline std::string text_of(const StatsRow& r) {
  return fmt::format("{} {} {} {:.6f} {:.6f} {} {} {} {} {}", r.group, r.start.ns, r.count,
                     r.mean + 0.0, r.std, r.min, r.max, r.p05, r.p50, r.p95);
}
inline std::string text_of(const AsofRow& r) {
  std::string out =
      fmt::format("{} {} {} {} {} {}", r.node, r.asset, r.kind, r.severity, r.text, r.time.ns);
  for (const auto& value : r.values)
    out += value ? fmt::format(" {}@{}", value->value, value->time.ns) : " none";
  return out;
}
inline std::string text_of(const Episode& e) {
  return fmt::format("{} {} {} {} {} {} {} {}", e.node, e.asset, e.model, e.start.ns, e.end.ns,
                     e.peak_time.ns, e.peak, e.decisions);
}
template <class Row>
std::string text_of(const std::vector<Row>& rows) {
  std::string out;
  for (const Row& row : rows) out += text_of(row) + "\n";
  return out;
}

inline Scope draw_scope(Rng& rng) {
  Scope scope;
  if (rng.below(4) == 0) scope.asset = fmt::format("a{}", rng.below(6));
  if (rng.below(4) == 0) scope.kind = rng.below(2) == 0 ? "pump" : "fan";
  if (rng.below(4) == 0) scope.site = rng.below(2) == 0 ? "north" : "south";
  if (rng.below(4) == 0) {
    scope.tag = "line";
    scope.tag_value = rng.below(2) == 0 ? "x" : "y'\\";
  }
  return scope;
}

/// Random questions about a random small fleet.
inline void answers_as_the_reference(TelemetryStore& store, std::uint64_t seed) {
  const SmallFleet fleet(seed);
  ASSERT_TRUE(store.commit(fleet.batch()));
  Rng rng(seed + 1);
  const auto draw_time = [&] {
    return SmallFleet::start +
           seconds(static_cast<std::int64_t>(rng.below(SmallFleet::seconds_long)));
  };
  std::size_t rows = 0;
  const auto same = [&](const auto& found, const auto& expected, const char* what) {
    ASSERT_TRUE(found) << what << ": " << found.error().message;
    EXPECT_EQ(text_of(*found), text_of(expected)) << what;
    rows += expected.size();
  };
  for (int i = 0; i < 20; ++i) {
    LastRequest last{draw_scope(rng), {}, {}, {}};
    if (rng.below(2) == 0) last.signals = {"s0", "s2"};
    if (rng.below(3) == 0) last.above = rng.normal(0, 2);
    if (rng.below(3) == 0) last.below = rng.normal(0, 2);
    same(store.last_values(last), plain_last(fleet, last), "last");

    Time from = draw_time(), to = draw_time();
    if (from > to) std::swap(from, to);
    StatsRequest stats{draw_scope(rng), "s1", {}, "line", from, to, std::nullopt};
    stats.by = static_cast<StatsRequest::By>(rng.below(4));
    if (rng.below(2) == 0) stats.every = minutes(static_cast<std::int64_t>(1 + rng.below(30)));
    same(window_stats(store, stats), plain_stats(fleet, stats), "stats");

    AsofRequest asof;
    asof.scope = draw_scope(rng);
    asof.signals = {"s0", "s1", "none"};
    asof.from = from;
    asof.to = to;
    asof.within = seconds(static_cast<std::int64_t>(1 + rng.below(2'000)));
    if (rng.below(2) == 0) asof.event_kind = "stalled";
    if (rng.below(3) == 0) asof.limit = 3;
    same(as_of_events(store, asof), plain_asof(fleet, asof), "asof");

    AnomalyRequest anomalies;
    anomalies.scope = draw_scope(rng);
    anomalies.from = from;
    anomalies.to = to;
    if (rng.below(2) == 0) anomalies.above = 0.7;
    if (rng.below(2) == 0) anomalies.model = "m0";
    anomalies.gap = seconds(static_cast<std::int64_t>(1 + rng.below(900)));
    same(top_anomalies(store, anomalies), plain_anomalies(fleet, anomalies), "anomalies");
  }
  EXPECT_GT(rows, 200u);
}

/// What is held in memory is what the table tells, and what another opening of the store finds.
inline void last_values_outlive_a_restart(
    const std::function<std::unique_ptr<TelemetryStore>()>& open) {
  const SmallFleet fleet(5);
  const auto expected = text_of(plain_last(fleet, {}));
  const auto tell = [&](TelemetryStore& store, const char* when) {
    const auto values = store.last_values({});
    ASSERT_TRUE(values) << values.error().message;
    EXPECT_EQ(text_of(*values), expected) << when;
    std::string rows;
    for (const LastValue& v : *values)
      rows += fmt::format("{}[\"{}\",\"{}\",\"{}\",{}]", rows.empty() ? "" : ",", v.asset->asset,
                          v.signal, v.asset->node, nlohmann::json(v.value).dump());
    const auto table = store.query(
        "SELECT asset, signal, node, value FROM latest ORDER BY asset, signal, node", {});
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(nlohmann::json::parse(table->rows_json), nlohmann::json::parse("[" + rows + "]"))
        << when;
  };
  {
    const auto store = open();
    ASSERT_TRUE(store->commit(fleet.batch()));
    tell(*store, "after the commit");
    ASSERT_TRUE(store->recover());
    tell(*store, "after a recovery");
  }
  tell(*open(), "after a restart");
}

/// Three pumps, by two features: a1 is like a0 but for its level.
inline void finds_similar_assets(TelemetryStore& store) {
  Batch batch;
  const Time at = SmallFleet::start;
  const std::map<std::string, std::vector<double>> means{
      {"a0", {10, 5, 1}}, {"a1", {12, 5, 1}}, {"a2", {20, 9, 1}}, {"f", {10, 5, 1}}};
  for (const auto& [asset, values] : means) {
    batch.assets.push_back({"n", asset, "", asset == "f" ? "fan" : "pump", {}});
    batch.features.push_back({"n",
                              {asset,
                               {"level", "flow", "same"},
                               {at - seconds(60), at},
                               {values[0] - 1, values[1], 1, values[0] + 1, values[1], 1}}});
    batch.features.push_back(
        {"n", {asset, {"level"}, {at + seconds(1), at - minutes(20)}, {1e6, -1e6}}});
  }
  ASSERT_TRUE(store.commit(batch));
  SimilarRequest request;
  request.asset = "a0";
  request.kind = "pump";
  request.to = at;
  const auto found = similar_assets(store, request);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 2u);
  // Levels 10, 12, 20 spread by √(56/3), flows 5, 5, 9 by √(32/9).
  const double level = std::sqrt(56.0 / 3), flow = std::sqrt(32.0 / 9);
  EXPECT_EQ((*found)[0].asset, "a1");
  EXPECT_NEAR((*found)[0].distance, 2 / level / std::sqrt(2), 1e-9);
  ASSERT_EQ((*found)[0].parts.size(), 2u);
  EXPECT_EQ((*found)[0].parts[0].feature, "level");
  EXPECT_EQ((*found)[0].parts[0].here, 10);
  EXPECT_EQ((*found)[0].parts[0].there, 12);
  EXPECT_NEAR((*found)[0].parts[0].share, 1, 1e-9);
  EXPECT_EQ((*found)[1].asset, "a2");
  EXPECT_NEAR((*found)[1].distance, std::sqrt((100 / level / level + 16 / flow / flow) / 2), 1e-9);
  request.asset = "nobody";
  EXPECT_EQ(similar_assets(store, request).error().code, Errc::not_found);
}

}  // namespace wayside::hub::questions::suite
