#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "hub/store/downsample.hpp"
#include "hub/store/store_suite.hpp"

/// What every store must do to keep, remove, count and give out what it has.
namespace wayside::hub::suite {

using telemetry::Tier;

/// Four hours of a spiky signal every 10 s, and its history by plain reckoning.
struct LongSignal {
  std::vector<double> values;
  Intervals by_minute;

  explicit LongSignal(std::size_t n = 1'440) {
    for (std::size_t i = 0; i < n; ++i) {
      values.push_back(i % 97 == 5 ? 100.0 + static_cast<double>(i)
                                   : static_cast<double>(i * 37 % 11) * 0.5);
      const Time time = start + seconds(10 * static_cast<std::int64_t>(i));
      by_minute[floor_to(time, minutes(1))].add(time, values.back());
    }
  }
  [[nodiscard]] telemetry::SampleBlock block(std::string asset, std::string signal) const {
    return suite::block(std::move(asset), std::move(signal), start, values, seconds(10));
  }
};

/// Until there is nothing left to do.
inline MaintenanceStep maintain_all(TelemetryStore& store, const KeepingPolicy& policy, Time now) {
  MaintenanceStep all;
  for (int steps = 0; steps < 1'000; ++steps) {
    const auto step = store.maintain(policy, now);
    EXPECT_TRUE(step) << step.error().message;
    if (!step) return all;
    all.removed += step->removed;
    all.archived += step->archived;
    if (!step->more) return all;
  }
  ADD_FAILURE() << "maintenance does not end";
  return all;
}

inline SeriesData one_series(TelemetryStore& store, const std::string& asset,
                             const std::string& name, Time from, Time to, std::size_t points = 0) {
  SeriesRequest request{asset, {name}, from, to, points, false};
  auto series = store.series(request);
  EXPECT_TRUE(series) << series.error().message;
  if (!series || series->empty()) return {};
  EXPECT_EQ(series->size(), 1u);
  return series->front();
}

/// Rows of one kind, tier and asset, in the store and in its archive.
inline std::uint64_t rows_of(TelemetryStore& store, RecordKind kind, Tier tier,
                             const std::string& asset) {
  const auto usage = store.usage();
  EXPECT_TRUE(usage) << usage.error().message;
  std::uint64_t rows = 0;
  for (const UsageLine& line : usage->lines)
    if (line.kind == kind && line.tier == tier && line.asset == asset)
      rows += line.rows + line.archived_rows;
  return rows;
}

inline Batch two_tiers() {
  Batch batch;
  const LongSignal signal;
  batch.samples.push_back({"n1", signal.block("a1", "vib"), Tier::bulk});
  batch.samples.push_back({"n1", signal.block("a1", "temp"), Tier::diagnostic});
  batch.samples.push_back({"n1", signal.block("a2", "temp"), Tier::diagnostic});
  return batch;
}

inline void counts_what_it_holds(TelemetryStore& store) {
  Batch batch = batch_of_everything();
  batch.samples[1].tier = Tier::bulk;
  batch.events[0].tier = Tier::critical;
  ASSERT_TRUE(store.commit(batch));
  EXPECT_EQ(rows_of(store, RecordKind::samples, Tier::diagnostic, "a1"), 4u);
  EXPECT_EQ(rows_of(store, RecordKind::samples, Tier::bulk, "a1"), 1u);
  EXPECT_EQ(rows_of(store, RecordKind::samples, Tier::diagnostic, "a2"), 1u);
  EXPECT_EQ(rows_of(store, RecordKind::features, Tier::diagnostic, "a1"), 4u);
  EXPECT_EQ(rows_of(store, RecordKind::decisions, Tier::diagnostic, "a1"), 2u);
  EXPECT_EQ(rows_of(store, RecordKind::events, Tier::critical, "a1"), 1u);
  EXPECT_EQ(rows_of(store, RecordKind::events, Tier::diagnostic, "a1"), 0u);
  EXPECT_EQ(rows_of(store, RecordKind::health, Tier::diagnostic, ""), 2u);
}

/// Samples of one tier go when they are too old, others stay, and their history keeps every spike.
inline void removes_old_samples(TelemetryStore& store) {
  const Status committed = store.commit(two_tiers());
  ASSERT_TRUE(committed) << committed.error().message;
  const LongSignal signal;
  KeepingPolicy policy;
  policy.of(RecordKind::samples, Tier::bulk) = hours(2);
  // 10 minutes past: whole hours go.
  const Time now = start + hours(5) + minutes(10);
  EXPECT_EQ(maintain_all(store, policy, now).removed, 1'080u);
  EXPECT_EQ(maintain_all(store, policy, now).removed, 0u);
  EXPECT_EQ(store.row_counts()->samples, 3u * 1'440 - 1'080);
  const Time end = start + hours(4);
  const SeriesData temp = one_series(store, "a1", "temp", start, end);
  EXPECT_EQ(temp.values, signal.values);
  EXPECT_FALSE(temp.downsampled_until);

  const Time raw_from = start + hours(3);
  const SeriesData vib = one_series(store, "a1", "vib", start, end);
  EXPECT_EQ(vib.downsampled_until, raw_from);
  std::vector<std::pair<Time, double>> expected;
  for (const auto& [at, interval] : signal.by_minute) {
    if (at >= raw_from) continue;
    expected.emplace_back(interval.min_time, interval.min);
    expected.emplace_back(interval.max_time, interval.max);
  }
  for (std::size_t i = 1'080; i < signal.values.size(); ++i)
    expected.emplace_back(start + seconds(10 * static_cast<std::int64_t>(i)), signal.values[i]);
  std::sort(expected.begin(), expected.end());
  std::vector<std::pair<Time, double>> found;
  for (std::size_t i = 0; i < vib.times.size(); ++i)
    found.emplace_back(vib.times[i], vib.values[i]);
  EXPECT_TRUE(std::is_sorted(vib.times.begin(), vib.times.end()));
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, expected);
  // What is asked for from later on is raw.
  EXPECT_FALSE(one_series(store, "a1", "vib", raw_from, end).downsampled_until);
}

/// The history has its own time, and none is made where none is wanted.
inline void removes_old_history(TelemetryStore& store) {
  const Status committed = store.commit(two_tiers());
  ASSERT_TRUE(committed) << committed.error().message;
  KeepingPolicy policy;
  policy.of(RecordKind::samples, Tier::bulk) = hours(1);
  policy.of(RecordKind::downsampled, Tier::bulk) = hours(3);
  (void)maintain_all(store, policy, start + hours(4));
  EXPECT_EQ(rows_of(store, RecordKind::samples, Tier::bulk, "a1"), 360u);
  EXPECT_EQ(rows_of(store, RecordKind::downsampled, Tier::bulk, "a1"), 120u);
  policy.downsample_every.reset();
  (void)maintain_all(store, policy, start + hours(6));
  EXPECT_EQ(rows_of(store, RecordKind::samples, Tier::bulk, "a1"), 0u);
  EXPECT_EQ(rows_of(store, RecordKind::downsampled, Tier::bulk, "a1"), 0u);
  EXPECT_EQ(rows_of(store, RecordKind::samples, Tier::diagnostic, "a1"), 1'440u);
}

/// Samples that come when their hour has gone go too, once, and their history adds up.
inline void adds_late_samples_to_the_history(TelemetryStore& store) {
  const LongSignal signal;
  KeepingPolicy policy;
  policy.of(RecordKind::samples, Tier::diagnostic) = hours(2);
  const Time now = start + hours(8);
  for (const int part : {1, 0}) {
    Batch batch;
    auto block = signal.block("a1", "temp");
    telemetry::SampleBlock half{"a1", "temp", 1, {}, {}, {}};
    for (std::size_t i = 0; i < block.times.size(); ++i) {
      if (static_cast<int>(i % 2) != part) continue;
      half.times.push_back(block.times[i]);
      half.values.push_back(block.values[i]);
      half.qualities.push_back(block.qualities[i]);
    }
    batch.samples.push_back({"n1", half, Tier::diagnostic});
    ASSERT_TRUE(store.commit(batch));
    EXPECT_EQ(maintain_all(store, policy, now).removed, 720u);
  }
  const SeriesData all = one_series(store, "a1", "temp", start, start + hours(4));
  for (const auto& [at, interval] : signal.by_minute) {
    double low = 1e9, high = -1e9;
    for (std::size_t i = 0; i < all.times.size(); ++i) {
      if (floor_to(all.times[i], minutes(1)) != at) continue;
      low = std::min(low, all.values[i]);
      high = std::max(high, all.values[i]);
    }
    EXPECT_EQ(low, interval.min);
    EXPECT_EQ(high, interval.max);
  }
}

/// Features, decisions, events and health have each their time; a standing alert stays.
inline void removes_old_rows_by_kind(TelemetryStore& store) {
  Batch batch;
  for (const Time at : {start, start + hours(4)}) {
    batch.features.push_back({"n1", {"a1", {"mean"}, {at}, {1.5}}});
    batch.decisions.push_back({"n1", {"a1", "m", "r1", at, 0.5, "normal", 0.75, 12, "", "{}"}});
    batch.health.push_back({"n1", {at, {"cpu"}, {0.5}}});
    EventRow row = alert(at == start ? "old" : "new", false, at, "none");
    row.event.kind = "link_lost";
    batch.events.push_back(row);
  }
  batch.events.push_back(alert("standing", true, start, "hot"));
  batch.events.push_back(alert("ended", true, start, "cold"));
  batch.events.push_back(alert("end", false, start + minutes(5), "cold"));
  batch.decisions[0].tier = Tier::critical;
  ASSERT_TRUE(store.commit(batch));
  const Time now = start + hours(5);
  KeepingPolicy policy;
  for (const Tier tier : telemetry::all_tiers) policy.of(RecordKind::features, tier) = hours(2);
  policy.of(RecordKind::decisions, Tier::diagnostic) = hours(2);
  (void)maintain_all(store, policy, now);
  EXPECT_EQ(store.row_counts().value(), (RowCounts{0, 1, 2, 5, 2}));
  policy.of(RecordKind::decisions, Tier::critical) = hours(2);
  policy.of(RecordKind::events, Tier::diagnostic) = hours(2);
  policy.of(RecordKind::health, Tier::diagnostic) = hours(2);
  (void)maintain_all(store, policy, now);
  EXPECT_EQ(store.row_counts().value(), (RowCounts{0, 1, 1, 2, 1}));
  EventFilter open;
  open.uncleared = true;
  ASSERT_EQ(store.events(open)->size(), 1u);
  EXPECT_EQ(store.events(open)->front().id, "standing");
}

inline void deletes_an_asset(TelemetryStore& store) {
  const Batch batch = batch_of_everything();
  ASSERT_TRUE(store.commit(batch));
  const Status committed = store.commit(two_tiers());
  ASSERT_TRUE(committed) << committed.error().message;
  KeepingPolicy policy;
  policy.of(RecordKind::samples, Tier::bulk) = hours(1);
  (void)maintain_all(store, policy, start + hours(3));
  const Deletion wanted{"a1", {"ana@desk", "10.0.0.7"}, start + days(1), {}, 0, 0};
  const Time ended = wanted.requested + seconds(7);
  const auto deleted =
      store.delete_asset({wanted.asset, wanted.by, wanted.requested, [&] { return ended; }});
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ(deleted->remaining, 0u);
  EXPECT_EQ(deleted->finished, ended);
  // 5 + 1,440 + 720 samples, 120 intervals, 4 features, 2 decisions, 1 event.
  EXPECT_EQ(deleted->removed, 2'292u);
  EXPECT_EQ(store.row_counts().value(), (RowCounts{1'441, 0, 0, 0, 2}));
  const Usage usage = store.usage().value();
  for (const UsageLine& line : usage.lines) EXPECT_NE(line.asset, "a1");
  EXPECT_EQ(store.streams().value(), batch.streams) << "the account is of numbers, not of content";
  SeriesRequest request{"a1", {}, start, start + days(1), 100, false};
  const auto series = store.series(request).value();
  for (const SeriesData& one : series) EXPECT_TRUE(one.times.empty());
  const auto newest = store.newest_samples().value();
  for (const NewestTime& one : newest) EXPECT_NE(one.asset, "a1");
  LastRequest of_a1;
  of_a1.scope.asset = "a1";
  EXPECT_TRUE(store.last_values(of_a1)->empty());
  const auto lines = store.deletions(10).value();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0], *deleted);
  EXPECT_EQ(lines[0].by, wanted.by);
  const auto nobody = store.delete_asset({"nobody", wanted.by, start});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, Errc::not_found);
  EXPECT_EQ(store.deletions(10)->size(), 1u);
  // What comes afterwards is stored as ever.
  Batch later;
  later.samples.push_back({"n1", block("a1", "temp", start + days(2), {8, 9})});
  ASSERT_TRUE(store.commit(later));
  EXPECT_EQ(one_series(store, "a1", "temp", start, start + days(3)).values,
            (std::vector<double>{8, 9}));
}

/// One whose node goes on sending ends all the same, and what comes meanwhile stays.
inline void deletes_an_asset_that_lives(TelemetryStore& store) {
  std::atomic<bool> done = false;
  std::atomic<int> sent = 0;
  const auto value_at = [](int i) { return start + seconds(i); };
  std::thread node([&] {
    while (!done) {
      Batch batch;
      batch.samples.push_back({"n1", block("a1", "temp", value_at(sent), {1})});
      EXPECT_TRUE(store.commit(batch));
      ++sent;
      sent.notify_all();
    }
  });
  sent.wait(0);
  const int before = sent;
  const auto deleted = store.delete_asset({"a1", {"ana@desk", "10.0.0.7"}, start});
  const int after = sent;
  for (int now = after; now < after + 3; now = sent) sent.wait(now);
  done = true;
  node.join();
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_GE(deleted->removed, static_cast<std::uint64_t>(before));
  EXPECT_EQ(store.row_counts()->samples, static_cast<std::uint64_t>(sent) - deleted->removed);
  EXPECT_EQ(store.newest_samples()->at(0).time, value_at(sent - 1));
}

inline std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline void exports_samples(TelemetryStore& store) {
  const Status committed = store.commit(two_tiers());
  ASSERT_TRUE(committed) << committed.error().message;
  ExportRequest request;
  request.format = ExportFormat::csv;
  request.assets = {"a1"};
  request.names = {"vib"};
  request.from = start + hours(1);
  request.to = start + hours(2);
  const auto file = store.export_rows(request);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->rows, 361u);
  const auto lines = lines_of(file->path);
  ASSERT_EQ(lines.size(), 362u);
  EXPECT_TRUE(lines[0].starts_with("node,asset,signal,version,time,value,quality"));
  EXPECT_TRUE(lines[1].starts_with("n1,a1,vib,1,2026-01-01T01:00:00")) << lines[1];
  std::filesystem::remove(file->path);
  const ExportLine line{start, {"ana@desk", "10.0.0.7"}, R"({"table":"samples"})", 361,
                        9,     std::string(64, 'a')};
  EXPECT_TRUE(store.exports(10)->empty());
  ASSERT_TRUE(store.log_export(line));
  EXPECT_EQ(store.exports(10).value(), std::vector<ExportLine>{line});
}

inline void keeps_closed_streams(TelemetryStore& store) {
  Batch batch;
  const StreamKey key{"n1", 7, Tier::bulk};
  batch.streams[key] = {9, 6, 2, 4, 1, start, true};
  ASSERT_TRUE(store.commit(batch));
  const StreamTotals totals = store.streams().value().at(key);
  EXPECT_EQ(totals, batch.streams[key]);
  EXPECT_EQ(totals.queued(), 0u);
  EXPECT_EQ(totals.abandoned(), 3u);
  EXPECT_TRUE(totals.balanced());
}

}  // namespace wayside::hub::suite
