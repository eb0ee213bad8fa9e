#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "hub/store/clickhouse/block_writer.hpp"
#include "hub/store/clickhouse/encode.hpp"

namespace wayside::hub::click {
namespace {

/// Fills the columns of a table from a list of rows, one after another, and remembers their names.
template <class Row>
class Columns {
 public:
  Columns(std::string_view table, const std::vector<Row>& rows, std::size_t columns)
      : rows_(rows), out_(columns, rows.size()) {
    encoded_.table = table;
    encoded_.rows = rows.size();
  }
  template <class F>
  Columns& text(std::string_view name, F&& of) {
    begin(name, "String");
    for (const Row& row : rows_) out_.put_text(of(row));
    return *this;
  }
  template <class F>
  Columns& integer(std::string_view name, std::string_view type, F&& of) {
    begin(name, type);
    for (const Row& row : rows_) out_.put(of(row));
    return *this;
  }
  /// Null where it is not finite.
  template <class F>
  Columns& number(std::string_view name, F&& of) {
    begin(name, "Nullable(Float64)");
    for (const Row& row : rows_) out_.put<std::uint8_t>(std::isfinite(of(row)) ? 0 : 1);
    for (const Row& row : rows_) out_.put<double>(of(row));
    return *this;
  }
  template <class F>
  Columns& tier(F&& of) {
    return integer("tier", tier_type,
                   [&](const Row& r) { return static_cast<std::uint8_t>(of(r)); });
  }
  /// The row's place in the batch, which is the order of arrival.
  Columns& run() {
    begin("run", "UInt32");
    for (std::uint32_t i = 0; i < rows_.size(); ++i) out_.put(i);
    return *this;
  }
  EncodedRows end(std::uint32_t commit) {
    begin("commit", "UInt32");
    out_.fill(rows_.size(), commit);
    encoded_.bytes = std::move(out_).bytes();
    return std::move(encoded_);
  }
  void begin(std::string_view name, std::string_view type) {
    out_.column(name, type);
    encoded_.columns += encoded_.columns.empty() ? "" : ", ";
    encoded_.columns += name;
  }
  BlockWriter& out() { return out_; }

 private:
  const std::vector<Row>& rows_;
  BlockWriter out_;
  EncodedRows encoded_;
};

/// One value of a feature or of a node's health.
struct Value {
  const std::string* node;
  const std::string* asset;
  const std::string* name;
  telemetry::Tier tier;
  Time time;
  double value;
  std::uint32_t run;
};

EncodedRows encode_features(const Batch& batch, std::uint32_t commit) {
  std::vector<Value> values;
  std::uint32_t run = 0;
  for (const auto& [node, block, tier] : batch.features) {
    for (std::size_t n = 0; n < block.names.size(); ++n)
      for (std::size_t t = 0; t < block.times.size(); ++t)
        values.push_back({&node, &block.asset, &block.names[n], tier, block.times[t],
                          block.values[t * block.names.size() + n], run});
    ++run;  // a later block's values arrived later; within one, times are a grid
  }
  std::stable_sort(values.begin(), values.end(), [](const Value& a, const Value& b) {
    const int name = a.name->compare(*b.name);
    return name != 0 ? name < 0 : *a.asset < *b.asset;
  });
  return Columns<Value>("feature_rows", values, 8)
      .text("node", [](const Value& v) { return std::string_view(*v.node); })
      .text("asset", [](const Value& v) { return std::string_view(*v.asset); })
      .text("name", [](const Value& v) { return std::string_view(*v.name); })
      .tier([](const Value& v) { return v.tier; })
      .integer("time", "Int64", [](const Value& v) { return v.time.ns; })
      .number("value", [](const Value& v) { return v.value; })
      .integer("run", "UInt32", [](const Value& v) { return v.run; })
      .end(commit);
}

EncodedRows encode_health(const Batch& batch, std::uint32_t commit) {
  std::vector<Value> values;
  for (const auto& [node, health, tier] : batch.health)
    for (std::size_t i = 0; i < health.metrics.size(); ++i)
      values.push_back(
          {&node, nullptr, &health.metrics[i], tier, health.time, health.values[i], 0});
  return Columns<Value>("health_rows", values, 6)
      .text("node", [](const Value& v) { return std::string_view(*v.node); })
      .text("metric", [](const Value& v) { return std::string_view(*v.name); })
      .tier([](const Value& v) { return v.tier; })
      .integer("time", "Int64", [](const Value& v) { return v.time.ns; })
      .number("value", [](const Value& v) { return v.value; })
      .end(commit);
}

EncodedRows encode_decisions(const Batch& batch, std::uint32_t commit) {
  using Row = FromNode<telemetry::Decision>;
  return Columns<Row>("decision_rows", batch.decisions, 14)
      .text("node", [](const Row& r) { return std::string_view(r.node); })
      .text("asset", [](const Row& r) { return std::string_view(r.record.asset); })
      .text("model", [](const Row& r) { return std::string_view(r.record.model); })
      .text("release", [](const Row& r) { return std::string_view(r.record.release); })
      .tier([](const Row& r) { return r.tier; })
      .integer("time", "Int64", [](const Row& r) { return r.record.time.ns; })
      .number("score", [](const Row& r) { return r.record.score; })
      .text("class", [](const Row& r) { return std::string_view(r.record.label); })
      .number("confidence", [](const Row& r) { return r.record.confidence; })
      .number("latency_us", [](const Row& r) { return r.record.latency_us; })
      .text("action", [](const Row& r) { return std::string_view(r.record.action); })
      .text("inputs", [](const Row& r) { return std::string_view(r.record.inputs_json); })
      .run()
      .end(commit);
}

EncodedRows encode_events(const Batch& batch, std::uint32_t commit) {
  using Row = EventRow;
  Columns<Row> columns("event_rows", batch.events, 13);
  columns.text("id", [](const Row& r) { return std::string_view(r.id); })
      .text("node", [](const Row& r) { return std::string_view(r.node); })
      .text("asset", [](const Row& r) { return std::string_view(r.event.asset); })
      .text("kind", [](const Row& r) { return std::string_view(r.event.kind); })
      .tier([](const Row& r) { return r.tier; })
      .integer("time", "Int64", [](const Row& r) { return r.event.time.ns; })
      .integer("severity", severity_type,
               [](const Row& r) { return static_cast<std::uint8_t>(r.event.severity); })
      .text("text", [](const Row& r) { return std::string_view(r.event.text); })
      .text("data", [](const Row& r) { return std::string_view(r.event.data_json); })
      .text("rule", [](const Row& r) { return std::string_view(r.rule); })
      .begin("raised", "Nullable(Int64)");
  for (const Row& r : batch.events) columns.out().put<std::uint8_t>(r.raised ? 0 : 1);
  for (const Row& r : batch.events) columns.out().put(r.raised.value_or(Time{}).ns);
  return columns.run().end(commit);
}

EncodedRows encode_gaps(const Batch& batch, std::uint32_t commit) {
  using Row = GapRow;
  return Columns<Row>("gap_rows", batch.gaps, 10)
      .text("node", [](const Row& r) { return std::string_view(r.stream.node); })
      .integer("epoch", "UInt64", [](const Row& r) { return r.stream.epoch; })
      .tier([](const Row& r) { return r.stream.tier; })
      .integer("first_seq", "UInt64", [](const Row& r) { return r.first_seq; })
      .integer("last_seq", "UInt64", [](const Row& r) { return r.last_seq; })
      .integer("samples", "UInt64", [](const Row& r) { return r.samples; })
      .text("reason", [](const Row& r) { return std::string_view(r.reason); })
      .integer("first_time", "Int64", [](const Row& r) { return r.first_time.ns; })
      .integer("last_time", "Int64", [](const Row& r) { return r.last_time.ns; })
      .end(commit);
}

EncodedRows encode_quarantine(const Batch& batch, std::uint32_t commit) {
  using Row = QuarantinedRow;
  return Columns<Row>("quarantine_rows", batch.quarantine, 7)
      .text("node", [](const Row& r) { return std::string_view(r.stream.node); })
      .integer("epoch", "UInt64", [](const Row& r) { return r.stream.epoch; })
      .tier([](const Row& r) { return r.stream.tier; })
      .integer("seq", "UInt64", [](const Row& r) { return r.seq; })
      .text("reason", [](const Row& r) { return std::string_view(r.reason); })
      .text("bytes", [](const Row& r) { return std::string_view(r.bytes); })
      .end(commit);
}

EncodedRows encode_assets(const Batch& batch, std::uint32_t commit) {
  using Row = AssetRow;
  return Columns<Row>("asset_rows", batch.assets, 6)
      .text("node", [](const Row& r) { return std::string_view(r.node); })
      .text("asset", [](const Row& r) { return std::string_view(r.asset); })
      .text("site", [](const Row& r) { return std::string_view(r.site); })
      .text("kind", [](const Row& r) { return std::string_view(r.kind); })
      .text("tags", [](const Row& r) { return tags_json(r.tags); })
      .end(commit);
}

EncodedRows encode_cleared(const std::vector<ClearedAlert>& cleared, std::uint32_t commit) {
  using Row = ClearedAlert;
  return Columns<Row>("clear_rows", cleared, 4)
      .text("id", [](const Row& r) { return std::string_view(r.id); })
      .text("asset", [](const Row& r) { return std::string_view(r.asset); })
      .integer("cleared", "Int64", [](const Row& r) { return r.time.ns; })
      .end(commit);
}

EncodedRows encode_series(const std::vector<NewSeries>& series, std::uint32_t commit) {
  using Row = NewSeries;
  return Columns<Row>("series_rows", series, 5)
      .integer("kind", "Enum8('signal' = 0, 'feature' = 1)",
               [](const Row& r) { return static_cast<std::uint8_t>(r.feature ? 1 : 0); })
      .text("node", [](const Row& r) { return std::string_view(r.node); })
      .text("asset", [](const Row& r) { return std::string_view(r.asset); })
      .text("name", [](const Row& r) { return std::string_view(r.name); })
      .end(commit);
}

}  // namespace

std::vector<EncodedRows> encode_others(const Batch& batch, std::uint32_t commit,
                                       const std::vector<ClearedAlert>& cleared,
                                       const std::vector<NewSeries>& series) {
  std::vector<EncodedRows> all;
  if (!batch.features.empty()) all.push_back(encode_features(batch, commit));
  if (!batch.health.empty()) all.push_back(encode_health(batch, commit));
  if (!batch.decisions.empty()) all.push_back(encode_decisions(batch, commit));
  if (!batch.events.empty()) all.push_back(encode_events(batch, commit));
  if (!cleared.empty()) all.push_back(encode_cleared(cleared, commit));
  if (!batch.gaps.empty()) all.push_back(encode_gaps(batch, commit));
  if (!batch.quarantine.empty()) all.push_back(encode_quarantine(batch, commit));
  if (!batch.assets.empty()) all.push_back(encode_assets(batch, commit));
  if (!series.empty()) all.push_back(encode_series(series, commit));
  std::erase_if(all, [](const EncodedRows& one) { return one.rows == 0; });
  return all;
}

EncodedRows encode_streams(const std::map<StreamKey, StreamTotals>& streams, std::uint32_t commit) {
  using Row = std::pair<StreamKey, StreamTotals>;
  std::vector<Row> rows(streams.begin(), streams.end());
  rows.insert(rows.begin(), Row{StreamKey{"", 0, telemetry::Tier::critical}, StreamTotals{}});
  return Columns<Row>("stream_rows", rows, 13)
      .text("node", [](const Row& r) { return std::string_view(r.first.node); })
      .integer("epoch", "UInt64", [](const Row& r) { return r.first.epoch; })
      .tier([](const Row& r) { return r.first.tier; })
      .integer("produced", "UInt64", [](const Row& r) { return r.second.produced; })
      .integer("watermark", "UInt64", [](const Row& r) { return r.second.watermark; })
      .integer("delivered", "UInt64", [](const Row& r) { return r.second.delivered; })
      .integer("dropped", "UInt64", [](const Row& r) { return r.second.dropped; })
      .integer("duplicates", "UInt64", [](const Row& r) { return r.second.duplicates; })
      .integer("updated", "Int64", [](const Row& r) { return r.second.updated.ns; })
      .integer("closed", "UInt8",
               [](const Row& r) { return static_cast<std::uint8_t>(r.second.closed ? 1 : 0); })
      .text("ahead", [](const Row& r) { return ranges_text(r.second.ahead); })
      .integer("ahead_records", "UInt64",
               [](const Row& r) { return telemetry::count(r.second.ahead); })
      .end(commit);
}

}  // namespace wayside::hub::click
