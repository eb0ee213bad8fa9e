#include "hub/store/duckdb/writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace wayside::hub::duck {
namespace {

static_assert(sizeof(Time) == sizeof(std::int64_t), "copied into a TIMESTAMP_NS column as it is");
static_assert(sizeof(telemetry::Quality) == 1, "copied into an ENUM column as it is");

/// In the order of ids, those of one series as they arrived: rows of one series, and of one signal,
/// lie together, which makes them small and lets questions pass over the others'.
template <class Part>
void sort_by_series(std::vector<std::pair<std::int32_t, Part>>& parts) {
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
}

/// Appends samples [at, at + n) of a block.
void copy_samples(ChunkWriter& out, std::int32_t series, const telemetry::SampleBlock& block,
                  std::size_t at, std::size_t n) {
  std::fill_n(out.column<std::int32_t>(0), n, series);
  std::memcpy(out.column<std::int64_t>(1), block.times.data() + at, n * sizeof(Time));
  std::memcpy(out.column<double>(2), block.values.data() + at, n * sizeof(double));
  std::memcpy(out.column<std::uint8_t>(3), block.qualities.data() + at, n);
  for (std::size_t i = 0; i < n; ++i)
    if (!std::isfinite(block.values[at + i])) out.set_null(2, i);
}

}  // namespace

Result<Writer> Writer::open(duckdb_database database) {
  auto connection = Connection::open(database);
  if (!connection) return tl::make_unexpected(connection.error());
  Writer writer;
  writer.connection_ = std::move(*connection);
  if (const Status loaded = writer.series_.load(writer.connection_); !loaded)
    return tl::make_unexpected(loaded.error());
  return writer;
}

void Writer::forget(const std::string& asset) {
  series_.forget(asset);
}

Status Writer::commit(const Batch& batch) {
  if (const Status begun = connection_.run("BEGIN"); !begun) return begun;
  const Status written = write(batch);
  if (written) return connection_.run("COMMIT");
  // Its own error says nothing that the first does not.
  (void)connection_.run("ROLLBACK");
  return written;
}

Status Writer::write(const Batch& batch) {
  for (const auto part : {&Writer::write_samples, &Writer::write_features, &Writer::write_health,
                          &Writer::write_decisions, &Writer::write_events, &Writer::write_gaps,
                          &Writer::write_quarantine, &Writer::write_assets})
    if (const Status written = (this->*part)(batch); !written) return written;
  if (const Status written = series_.write(connection_); !written) return written;
  return write_streams(batch);
}

Status Writer::write_samples(const Batch& batch) {
  if (batch.samples.empty()) return {};
  std::vector<std::pair<std::int32_t, const telemetry::SampleBlock*>> blocks;
  blocks.reserve(batch.samples.size());
  for (const auto& [node, block, tier] : batch.samples) {
    blocks.emplace_back(
        series_.id_of(Dimension::signal, tier, node, block.asset, block.signal, block.version),
        &block);
    latest_.take(blocks.back().first, block);
  }
  sort_by_series(blocks);
  auto out = ChunkWriter::to_table(connection_, "sample_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const auto& [series, block] : blocks) {
    for (std::size_t at = 0; at < block->times.size();) {
      const std::size_t n = std::min(out->room(), block->times.size() - at);
      copy_samples(*out, series, *block, at, n);
      if (const Status ended = out->end_rows(n); !ended) return ended;
      at += n;
    }
  }
  if (const Status finished = out->finish(); !finished) return finished;
  return latest_.write(connection_);
}

Status Writer::write_features(const Batch& batch) {
  if (batch.features.empty()) return {};
  struct Column {
    const telemetry::FeatureBlock* block;
    std::size_t index;
  };
  std::vector<std::pair<std::int32_t, Column>> columns;
  for (const auto& [node, block, tier] : batch.features)
    for (std::size_t i = 0; i < block.names.size(); ++i)
      columns.emplace_back(
          series_.id_of(Dimension::feature, tier, node, block.asset, block.names[i], 0),
          Column{&block, i});
  sort_by_series(columns);
  auto out = ChunkWriter::to_table(connection_, "feature_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const auto& [series, column] : columns) {
    const telemetry::FeatureBlock& block = *column.block;
    for (std::size_t i = 0; i < block.times.size(); ++i) {
      out->set(0, series);
      out->set(1, block.times[i].ns);
      out->set_number(2, block.values[i * block.names.size() + column.index]);
      if (const Status ended = out->end_row(); !ended) return ended;
    }
  }
  return out->finish();
}

Status Writer::write_health(const Batch& batch) {
  if (batch.health.empty()) return {};
  auto out = ChunkWriter::to_table(connection_, "health_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const auto& [node, health, tier] : batch.health) {
    for (std::size_t i = 0; i < health.metrics.size(); ++i) {
      out->set(0, series_.id_of(Dimension::health, tier, node, "", health.metrics[i], 0));
      out->set(1, health.time.ns);
      out->set_number(2, health.values[i]);
      if (const Status ended = out->end_row(); !ended) return ended;
    }
  }
  return out->finish();
}

Status Writer::write_decisions(const Batch& batch) {
  if (batch.decisions.empty()) return {};
  auto out = ChunkWriter::to_table(connection_, "decision_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const auto& [node, d, tier] : batch.decisions) {
    out->set_text(0, node);
    out->set_text(1, d.asset);
    out->set_text(2, d.model);
    out->set_text(3, d.release);
    out->set(4, d.time.ns);
    out->set_number(5, d.score);
    out->set_text(6, d.label);
    out->set_number(7, d.confidence);
    out->set_number(8, d.latency_us);
    out->set_text(9, d.action);
    out->set_text(10, d.inputs_json);
    out->set(11, static_cast<std::uint8_t>(tier));
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  return out->finish();
}

Status Writer::write_events(const Batch& batch) {
  if (batch.events.empty()) return {};
  {
    auto out = ChunkWriter::to_table(connection_, "event_rows");
    if (!out) return tl::make_unexpected(out.error());
    for (const EventRow& row : batch.events) {
      out->set_text(0, row.id);
      out->set_text(1, row.node);
      out->set_text(2, row.event.asset);
      out->set_text(3, row.event.kind);
      out->set(4, row.event.time.ns);
      out->set(5, static_cast<std::uint8_t>(row.event.severity));
      out->set_text(6, row.event.text);
      out->set_text(7, row.event.data_json);
      out->set_text(8, row.rule);
      out->set(9, row.raised.value_or(Time{}).ns);
      if (!row.raised) out->set_null(9);
      out->set(10, row.cleared.value_or(Time{}).ns);
      if (!row.cleared) out->set_null(10);
      out->set(11, static_cast<std::uint8_t>(row.tier));
      if (const Status ended = out->end_row(); !ended) return ended;
    }
    if (const Status finished = out->finish(); !finished) return finished;
  }
  for (const EventRow& row : batch.events)
    if (row.event.kind == "alert_cleared" || row.event.kind == "alert_raised")
      if (const Status ended = end_alerts(row); !ended) return ended;
  return {};
}

/// The same as `ends_alert`, said to the database.
Status Writer::end_alerts(const EventRow& later) {
  const bool again = later.event.kind == "alert_raised";
  const Time until = again ? later.event.time : later.raised.value_or(later.event.time);
  auto result = connection_.rows(
      "UPDATE event_rows SET cleared = ? WHERE kind = 'alert_raised' AND cleared IS NULL AND "
      "node = ? AND asset = ? AND rule = ? AND time <= ? AND id <> ?",
      {Parameter::of(later.event.time), Parameter::of(later.node), Parameter::of(later.event.asset),
       Parameter::of(later.rule), Parameter::of(until), Parameter::of(later.id)});
  if (!result) return tl::make_unexpected(result.error());
  return {};
}

Status Writer::write_gaps(const Batch& batch) {
  if (batch.gaps.empty()) return {};
  auto out = ChunkWriter::to_table(connection_, "gap_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const GapRow& gap : batch.gaps) {
    out->set_text(0, gap.stream.node);
    out->set(1, gap.stream.epoch);
    out->set(2, static_cast<std::uint8_t>(gap.stream.tier));
    out->set(3, gap.first_seq);
    out->set(4, gap.last_seq);
    out->set(5, gap.samples);
    out->set_text(6, gap.reason);
    out->set(7, gap.first_time.ns);
    out->set(8, gap.last_time.ns);
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  return out->finish();
}

Status Writer::write_quarantine(const Batch& batch) {
  if (batch.quarantine.empty()) return {};
  auto out = ChunkWriter::to_table(connection_, "quarantine_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const QuarantinedRow& row : batch.quarantine) {
    out->set_text(0, row.stream.node);
    out->set(1, row.stream.epoch);
    out->set(2, static_cast<std::uint8_t>(row.stream.tier));
    out->set(3, row.seq);
    out->set_text(4, row.reason);
    out->set_text(5, row.bytes);
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  return out->finish();
}

Status Writer::write_assets(const Batch& batch) {
  if (batch.assets.empty()) return {};
  auto out = ChunkWriter::to_query(
      connection_, "INSERT OR REPLACE INTO asset_rows FROM appended_data", "asset_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const AssetRow& row : batch.assets) {
    out->set_text(0, row.node);
    out->set_text(1, row.asset);
    out->set_text(2, row.site);
    out->set_text(3, row.kind);
    out->set_text(4, tags_json(row.tags));
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  return out->finish();
}

Status Writer::write_streams(const Batch& batch) {
  auto out = ChunkWriter::to_query(connection_, "INSERT OR REPLACE INTO streams FROM appended_data",
                                   "streams");
  if (!out) return tl::make_unexpected(out.error());
  for (const auto& [key, totals] : batch.streams) {
    out->set_text(0, key.node);
    out->set(1, key.epoch);
    out->set(2, static_cast<std::uint8_t>(key.tier));
    out->set(3, totals.produced);
    out->set(4, totals.watermark);
    out->set(5, totals.delivered);
    out->set(6, totals.dropped);
    out->set(7, totals.duplicates);
    out->set(8, totals.updated.ns);
    out->set(9, totals.closed);
    out->set_text(10, ranges_text(totals.ahead));
    out->set(11, telemetry::count(totals.ahead));
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  return out->finish();
}

}  // namespace wayside::hub::duck
