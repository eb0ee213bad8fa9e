#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "hub/store/clickhouse/block_writer.hpp"
#include "hub/store/clickhouse/encode.hpp"

namespace wayside::hub::click {
namespace {

using From = FromNode<telemetry::SampleBlock>;

static_assert(sizeof(Time) == sizeof(std::int64_t), "copied into an Int64 column as it is");
static_assert(sizeof(telemetry::Quality) == 1, "copied into an Enum8 column as it is");

bool same_series(const From& a, const From& b) {
  return a.record.signal == b.record.signal && a.record.asset == b.record.asset;
}

/// How often, along each series, time did not go forward; empty where it always did.
std::vector<std::uint32_t> runs_of(const SamplePiece& piece, std::size_t rows) {
  std::vector<std::uint32_t> runs;
  bool any = false;
  std::uint32_t run = 0;
  Time before = Time::min();
  runs.reserve(rows);
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (i == 0 || !same_series(*piece[i - 1], *piece[i])) {
      run = 0;
      before = Time::min();
    }
    for (const Time time : piece[i]->record.times) {
      if (time <= before) {
        ++run;
        any = true;
      }
      before = time;
      runs.push_back(run);
    }
  }
  if (!any) runs.clear();
  return runs;
}

void put_values(BlockWriter& out, const SamplePiece& blocks) {
  std::string nulls;
  for (const From* block : blocks) {
    const auto& values = block->record.values;
    nulls.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) nulls[i] = std::isfinite(values[i]) ? 0 : 1;
    out.put_bytes(nulls.data(), nulls.size());
  }
  for (const From* block : blocks)
    out.put_bytes(block->record.values.data(), block->record.values.size() * sizeof(double));
}

}  // namespace

std::vector<SamplePiece> split_samples(const Batch& batch, std::size_t rows_max) {
  SamplePiece sorted;
  sorted.reserve(batch.samples.size());
  for (const From& block : batch.samples)
    if (!block.record.times.empty()) sorted.push_back(&block);
  // In the table's own order, so that the server need not sort; of one series, as it arrived.
  std::stable_sort(sorted.begin(), sorted.end(), [](const From* a, const From* b) {
    const int signal = a->record.signal.compare(b->record.signal);
    return signal != 0 ? signal < 0 : a->record.asset < b->record.asset;
  });
  std::vector<SamplePiece> pieces;
  std::size_t rows = rows_max;
  for (const From* block : sorted) {
    if (rows >= rows_max && (pieces.empty() || !same_series(*pieces.back().back(), *block))) {
      pieces.emplace_back();
      rows = 0;
    }
    pieces.back().push_back(block);
    rows += block->record.times.size();
  }
  return pieces;
}

EncodedRows encode_samples(const SamplePiece& piece, std::uint32_t commit, std::string buffer) {
  std::size_t rows = 0;
  bool good = true, first_version = true;
  for (const From* b : piece) {
    rows += b->record.times.size();
    first_version = first_version && b->record.version == 1;
    good = good && std::all_of(b->record.qualities.begin(), b->record.qualities.end(),
                               [](telemetry::Quality q) { return q == telemetry::Quality::good; });
  }
  const std::vector<std::uint32_t> runs = runs_of(piece, rows);
  // What is as the table's defaults say is not sent.
  const std::size_t left_out =
      (good ? 1u : 0u) + (first_version ? 1u : 0u) + (runs.empty() ? 1u : 0u);
  EncodedRows encoded{"sample_rows", {}, {}, rows};
  BlockWriter out(10 - left_out, rows, std::move(buffer));
  const auto column = [&](std::string_view name, std::string_view type) {
    encoded.columns += encoded.columns.empty() ? "" : ", ";
    encoded.columns += name;
    out.column(name, type);
  };
  const auto texts = [&](std::string_view name, auto&& text) {
    column(name, "String");
    for (const From* b : piece) out.fill_text(b->record.times.size(), text(*b));
  };
  texts("node", [](const From& b) { return std::string_view(b.node); });
  texts("asset", [](const From& b) { return std::string_view(b.record.asset); });
  texts("signal", [](const From& b) { return std::string_view(b.record.signal); });
  if (!first_version) {
    column("version", "UInt32");
    for (const From* b : piece) out.fill(b->record.times.size(), b->record.version);
  }
  column("tier", tier_type);
  for (const From* b : piece) out.fill(b->record.times.size(), static_cast<std::uint8_t>(b->tier));
  column("time", "Int64");
  for (const From* b : piece)
    out.put_bytes(b->record.times.data(), b->record.times.size() * sizeof(Time));
  column("value", "Nullable(Float64)");
  put_values(out, piece);
  if (!good) {
    column("quality", quality_type);
    for (const From* b : piece)
      out.put_bytes(b->record.qualities.data(), b->record.qualities.size());
  }
  if (!runs.empty()) {
    column("run", "UInt32");
    out.put_bytes(runs.data(), runs.size() * sizeof(std::uint32_t));
  }
  column("commit", "UInt32");
  out.fill(rows, commit);
  encoded.bytes = std::move(out).bytes();
  return encoded;
}

EncodedRows encode_latest(const Batch& batch) {
  struct Latest {
    Time time;
    double value;
  };
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, Latest> latest;
  for (const From& from : batch.samples) {
    const telemetry::SampleBlock& block = from.record;
    std::optional<Latest> best;
    for (std::size_t i = 0; i < block.times.size(); ++i)
      if (block.qualities[i] == telemetry::Quality::good && std::isfinite(block.values[i]) &&
          (!best || block.times[i] >= best->time))
        best = {block.times[i], block.values[i]};
    if (!best) continue;
    auto [entry, added] = latest.try_emplace({from.node, block.asset, block.signal}, *best);
    if (!added && best->time >= entry->second.time) entry->second = *best;
  }
  BlockWriter out(6, latest.size());
  out.column("node", "String");
  for (const auto& [key, value] : latest) out.put_text(std::get<0>(key));
  out.column("asset", "String");
  for (const auto& [key, value] : latest) out.put_text(std::get<1>(key));
  out.column("signal", "String");
  for (const auto& [key, value] : latest) out.put_text(std::get<2>(key));
  out.column("time", "Int64");
  for (const auto& [key, value] : latest) out.put(value.time.ns);
  out.column("value", "Float64");
  for (const auto& [key, value] : latest) out.put(value.value);
  out.column("at", "UInt64");
  for (const auto& [key, value] : latest)
    out.put(static_cast<std::uint64_t>(value.time.ns) ^ (1ull << 63));
  return {"latest_rows", "node, asset, signal, time, value, at", std::move(out).bytes(),
          latest.size()};
}

}  // namespace wayside::hub::click
