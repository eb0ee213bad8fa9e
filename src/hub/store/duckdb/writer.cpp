#include "hub/store/duckdb/writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace wayside::hub::duck {
namespace {

static_assert(sizeof(Time) == sizeof(std::int64_t), "copied into a TIMESTAMP_NS column as it is");
static_assert(sizeof(telemetry::Quality) == 1, "copied into an ENUM column as it is");

/// Parts are prefixed with their length, so that no two keys are alike by accident.
void append_part(std::string& key, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key.append(part);
}

void make_key(std::string& key, Dimension dimension, telemetry::Tier tier, std::string_view node,
              std::string_view asset, std::string_view name, std::uint32_t version) {
  key.clear();
  key += static_cast<char>(dimension);
  key += static_cast<char>(tier);
  key.append(reinterpret_cast<const char*>(&version), sizeof version);
  append_part(key, node);
  append_part(key, asset);
  append_part(key, name);
}

/// The asset of a key.
std::string_view asset_in(std::string_view key) {
  key.remove_prefix(2 + sizeof(std::uint32_t));
  const auto part = [&] {
    std::uint32_t size = 0;
    std::memcpy(&size, key.data(), sizeof size);
    const std::string_view text = key.substr(sizeof size, size);
    key.remove_prefix(sizeof size + size);
    return text;
  };
  (void)part();  // the node
  return part();
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
  if (const Status loaded = writer.load_series(); !loaded)
    return tl::make_unexpected(loaded.error());
  return writer;
}

Status Writer::load_series() {
  auto result =
      connection_.rows("SELECT id, dimension, node, asset, name, version, tier FROM series");
  if (!result) return tl::make_unexpected(result.error());
  return for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    make_key(key_, static_cast<Dimension>(rows.value<std::uint8_t>(1, i)),
             static_cast<telemetry::Tier>(rows.value<std::uint8_t>(6, i)), rows.text(2, i),
             rows.text(3, i), rows.text(4, i), rows.value<std::uint32_t>(5, i));
    const auto id = rows.value<std::int32_t>(0, i);
    series_[key_] = id;
    next_series_ = std::max(next_series_, id + 1);
  });
}

std::int32_t Writer::series_id(Dimension dimension, telemetry::Tier tier, std::string_view node,
                               std::string_view asset, std::string_view name,
                               std::uint32_t version) {
  make_key(key_, dimension, tier, node, asset, name, version);
  const auto [entry, added] = series_.try_emplace(key_, next_series_);
  if (added)
    new_series_.push_back({next_series_++, dimension, std::string(node), std::string(asset),
                           std::string(name), version, tier});
  return entry->second;
}

void Writer::forget(const std::string& asset) {
  std::erase_if(series_, [&](const auto& entry) { return asset_in(entry.first) == asset; });
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
  if (const Status written = write_series(); !written) return written;
  return write_streams(batch);
}

Status Writer::write_samples(const Batch& batch) {
  if (batch.samples.empty()) return {};
  auto out = ChunkWriter::to_table(connection_, "sample_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const auto& [node, block, tier] : batch.samples) {
    const std::int32_t series =
        series_id(Dimension::signal, tier, node, block.asset, block.signal, block.version);
    latest_.take(series, block);
    for (std::size_t at = 0; at < block.times.size();) {
      const std::size_t n = std::min(out->room(), block.times.size() - at);
      copy_samples(*out, series, block, at, n);
      if (const Status ended = out->end_rows(n); !ended) return ended;
      at += n;
    }
  }
  if (const Status finished = out->finish(); !finished) return finished;
  return latest_.write(connection_);
}

Status Writer::write_features(const Batch& batch) {
  if (batch.features.empty()) return {};
  auto out = ChunkWriter::to_table(connection_, "feature_rows");
  if (!out) return tl::make_unexpected(out.error());
  std::vector<std::int32_t> ids;
  for (const auto& [node, block, tier] : batch.features) {
    ids.clear();
    for (const std::string& name : block.names)
      ids.push_back(series_id(Dimension::feature, tier, node, block.asset, name, 0));
    const double* value = block.values.data();
    for (const Time time : block.times) {
      for (const std::int32_t id : ids) {
        out->set(0, id);
        out->set(1, time.ns);
        out->set_number(2, *value++);
        if (const Status ended = out->end_row(); !ended) return ended;
      }
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
      out->set(0, series_id(Dimension::health, tier, node, "", health.metrics[i], 0));
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
      out->set_null(10);
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

Status Writer::write_series() {
  if (new_series_.empty()) return {};
  auto out = ChunkWriter::to_table(connection_, "series");
  if (!out) return tl::make_unexpected(out.error());
  for (const NewSeries& series : new_series_) {
    out->set(0, series.id);
    out->set(1, static_cast<std::uint8_t>(series.dimension));
    out->set_text(2, series.node);
    out->set_text(3, series.asset);
    out->set_text(4, series.name);
    out->set(5, series.version);
    out->set(6, static_cast<std::uint8_t>(series.tier));
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  new_series_.clear();
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
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  return out->finish();
}

}  // namespace wayside::hub::duck
