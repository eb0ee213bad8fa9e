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

/// Counts, along one series in arrival order, how often time did not go forward.
class RunCounter {
 public:
  void begin(const From& block) {
    if (last_ == nullptr || !same_series(*last_, block)) {
      run_ = 0;
      before_ = Time::min();
    }
    last_ = &block;
  }
  std::uint32_t next(Time time) {
    if (time <= before_) ++run_;
    before_ = time;
    return run_;
  }

 private:
  const From* last_ = nullptr;
  Time before_;
  std::uint32_t run_ = 0;
};

void put_runs(BlockWriter& out, const Blocks& blocks, RunCounter& counter) {
  std::vector<std::uint32_t> runs;
  for (const From* block : blocks) {
    counter.begin(*block);
    runs.clear();
    for (const Time time : block->record.times) runs.push_back(counter.next(time));
    out.put_bytes(runs.data(), runs.size() * sizeof(std::uint32_t));
  }
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

EncodedRows encode_piece(const Blocks& blocks, std::size_t rows, std::uint32_t commit,
                         RunCounter& counter) {
  BlockWriter out(10, rows, 64 * rows);
  const auto texts = [&](std::string_view name, auto&& text) {
    out.column(name, "String");
    for (const From* block : blocks) out.fill_text(block->record.times.size(), text(*block));
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
  put_runs(out, blocks, counter);
  out.column("commit", "UInt32");
  out.fill(rows, commit);
  return {"sample_rows", "node, asset, signal, version, tier, time, value, quality, run, commit",
          std::move(out).bytes(), rows};
}

}  // namespace

std::vector<EncodedRows> encode_samples(const Batch& batch, std::uint32_t commit,
                                        std::size_t rows_max) {
  Blocks sorted;
  sorted.reserve(batch.samples.size());
  for (const From& block : batch.samples)
    if (!block.record.times.empty()) sorted.push_back(&block);
  // In the table's own order, so that the server need not sort; of one series, as it arrived.
  std::stable_sort(sorted.begin(), sorted.end(), [](const From* a, const From* b) {
    const int signal = a->record.signal.compare(b->record.signal);
    return signal != 0 ? signal < 0 : a->record.asset < b->record.asset;
  });
  std::vector<EncodedRows> pieces;
  RunCounter counter;
  Blocks piece;
  std::size_t rows = 0;
  for (const From* block : sorted) {
    piece.push_back(block);
    rows += block->record.times.size();
    if (rows < rows_max) continue;
    pieces.push_back(encode_piece(piece, rows, commit, counter));
    piece.clear();
    rows = 0;
  }
  if (rows > 0) pieces.push_back(encode_piece(piece, rows, commit, counter));
  return pieces;
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
  BlockWriter out(6, latest.size(), 80 * latest.size());
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
