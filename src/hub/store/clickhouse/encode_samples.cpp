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
using Blocks = std::vector<const From*>;

static_assert(sizeof(Time) == sizeof(std::int64_t), "copied into an Int64 column as it is");
static_assert(sizeof(telemetry::Quality) == 1, "copied into an Enum8 column as it is");

bool same_series(const From& a, const From& b) {
  return a.record.signal == b.record.signal && a.record.asset == b.record.asset;
}

void put_values(BlockWriter& out, const Blocks& blocks) {
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

SamplePieces::SamplePieces(const Batch& batch, std::uint32_t commit, std::size_t rows_max)
    : commit_(commit), rows_max_(rows_max) {
  sorted_.reserve(batch.samples.size());
  for (const From& block : batch.samples)
    if (!block.record.times.empty()) sorted_.push_back(&block);
  // In the table's own order, so that the server need not sort; of one series, as it arrived.
  std::stable_sort(sorted_.begin(), sorted_.end(), [](const From* a, const From* b) {
    const int signal = a->record.signal.compare(b->record.signal);
    return signal != 0 ? signal < 0 : a->record.asset < b->record.asset;
  });
}

std::optional<EncodedRows> SamplePieces::next(std::string buffer) {
  const std::size_t begin = at_;
  std::size_t rows = 0;
  while (at_ < sorted_.size() && rows < rows_max_) rows += sorted_[at_++]->record.times.size();
  if (rows == 0) return std::nullopt;
  BlockWriter out(10, rows, std::move(buffer));
  const Blocks blocks(sorted_.begin() + static_cast<std::ptrdiff_t>(begin),
                      sorted_.begin() + static_cast<std::ptrdiff_t>(at_));
  const auto texts = [&](std::string_view name, auto&& text) {
    out.column(name, "String");
    for (const From* b : blocks) out.fill_text(b->record.times.size(), text(*b));
  };
  texts("node", [](const From& b) { return std::string_view(b.node); });
  texts("asset", [](const From& b) { return std::string_view(b.record.asset); });
  texts("signal", [](const From& b) { return std::string_view(b.record.signal); });
  out.column("version", "UInt32");
  for (const From* b : blocks) out.fill(b->record.times.size(), b->record.version);
  out.column("tier", tier_type);
  for (const From* b : blocks) out.fill(b->record.times.size(), static_cast<std::uint8_t>(b->tier));
  out.column("time", "Int64");
  for (const From* b : blocks)
    out.put_bytes(b->record.times.data(), b->record.times.size() * sizeof(Time));
  out.column("value", "Nullable(Float64)");
  put_values(out, blocks);
  out.column("quality", quality_type);
  for (const From* b : blocks)
    out.put_bytes(b->record.qualities.data(), b->record.qualities.size());
  out.column("run", "UInt32");
  put_runs(out, begin, at_);
  out.column("commit", "UInt32");
  out.fill(rows, commit_);
  return EncodedRows{"sample_rows",
                     "node, asset, signal, version, tier, time, value, quality, run, commit",
                     std::move(out).bytes(), rows};
}

void SamplePieces::put_runs(BlockWriter& out, std::size_t begin, std::size_t end) {
  std::vector<std::uint32_t> runs;
  for (std::size_t i = begin; i < end; ++i) {
    if (i == 0 || !same_series(*sorted_[i - 1], *sorted_[i])) {
      run_ = 0;
      before_ = Time::min();
    }
    runs.clear();
    for (const Time time : sorted_[i]->record.times) {
      if (time <= before_) ++run_;
      before_ = time;
      runs.push_back(run_);
    }
    out.put_bytes(runs.data(), runs.size() * sizeof(std::uint32_t));
  }
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
