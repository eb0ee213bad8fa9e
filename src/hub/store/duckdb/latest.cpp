#include "hub/store/duckdb/latest.hpp"

#include <cmath>

#include "base/duckdb/chunk_writer.hpp"

namespace wayside::hub::duck {

void Latest::take(std::int32_t series, const telemetry::SampleBlock& block) {
  Value newest{Time::min(), 0};
  bool any = false;
  for (std::size_t i = 0; i < block.times.size(); ++i) {
    if (block.qualities[i] != telemetry::Quality::good || !std::isfinite(block.values[i]) ||
        block.times[i] < newest.time)
      continue;
    newest = {block.times[i], block.values[i]};
    any = true;
  }
  if (!any) return;
  const auto [entry, added] = changed_.try_emplace(series, newest);
  if (!added && newest.time >= entry->second.time) entry->second = newest;
}

Status Latest::write(Connection& connection) {
  if (changed_.empty()) return {};
  auto out = ChunkWriter::to_query(
      connection,
      "MERGE INTO latest_rows l USING appended_data a ON (l.series = a.series) "
      "WHEN MATCHED AND a.time >= l.time THEN UPDATE SET time = a.time, value = a.value "
      "WHEN NOT MATCHED THEN INSERT VALUES (a.series, a.time, a.value)",
      "latest_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const auto& [series, newest] : changed_) {
    out->set(0, series);
    out->set(1, newest.time.ns);
    out->set(2, newest.value);
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  changed_.clear();
  return out->finish();
}

}  // namespace wayside::hub::duck
