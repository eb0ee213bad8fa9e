#include "hub/store/duckdb/downsampler.hpp"

#include <map>
#include <set>

#include "base/duckdb/chunk_writer.hpp"
#include "hub/store/downsample.hpp"
#include "hub/store/duckdb/schema.hpp"
#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

using SeriesIntervals = std::map<std::int32_t, Intervals>;

Result<std::set<std::int32_t>> series_of(Connection& connection, telemetry::Tier tier) {
  return collect<std::set<std::int32_t>>(
      connection,
      fmt::format("SELECT id FROM series WHERE dimension = {} AND tier = '{}'",
                  static_cast<int>(Dimension::signal), telemetry::to_string(tier)),
      {}, [](auto& out, const Rows& rows, std::size_t i) {
        out.insert(rows.value<std::int32_t>(0, i));
      });
}

/// One scan without a join gives the rows in the order they arrived.
Result<SeriesIntervals> reckon(Connection& connection, const Slice& slice, Duration every) {
  const auto wanted = series_of(connection, slice.tier);
  if (!wanted) return tl::make_unexpected(wanted.error());
  struct Last {
    std::int32_t series = -1;
    Time start;
    Interval* interval = nullptr;
  } last;
  SeriesIntervals all;
  auto result = connection.rows(
      "SELECT series, time, value FROM sample_rows WHERE time >= ? AND time < ? AND "
      "quality = 'good' AND value IS NOT NULL",
      {Parameter::of(slice.from), Parameter::of(slice.to)});
  if (!result) return tl::make_unexpected(result.error());
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    const auto series = rows.value<std::int32_t>(0, i);
    const Time time{rows.value<std::int64_t>(1, i)};
    const Time start = floor_to(time, every);
    if (series != last.series || start != last.start || last.interval == nullptr)
      last = {series, start, wanted->contains(series) ? &all[series][start] : nullptr};
    if (last.interval != nullptr) last.interval->add(time, rows.value<double>(2, i));
  });
  if (!read) return tl::make_unexpected(read.error());
  return all;
}

void put(ChunkWriter& out, std::int32_t series, Time start, Duration every, const Interval& i) {
  out.set(0, series);
  out.set(1, start.ns);
  out.set(2, every.ns);
  out.set(3, i.count);
  out.set(4, i.sum);
  out.set(5, i.min);
  out.set(6, i.max);
  out.set(7, i.first);
  out.set(8, i.last);
  out.set(9, i.min_time.ns);
  out.set(10, i.max_time.ns);
  out.set(11, i.first_time.ns);
  out.set(12, i.last_time.ns);
}

}  // namespace

Status downsample(Connection& connection, const Slice& slice, Duration every) {
  const auto all = reckon(connection, slice, every);
  if (!all) return tl::make_unexpected(all.error());
  auto out = ChunkWriter::to_table(connection, "downsample_rows");
  if (!out) return tl::make_unexpected(out.error());
  for (const auto& [series, intervals] : *all) {
    for (const auto& [start, interval] : intervals) {
      put(*out, series, start, every, interval);
      if (const Status ended = out->end_row(); !ended) return ended;
    }
  }
  return out->finish();
}

}  // namespace wayside::hub::duck
