#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <unordered_map>

#include "hub/store/duckdb/archived_samples.hpp"
#include "hub/store/duckdb/reader.hpp"
#include "hub/store/duckdb/schema.hpp"

namespace wayside::hub::duck {
namespace {

using SeriesIds = std::unordered_map<std::int32_t, std::uint32_t>;

Result<SeriesIds> find_series(Connection& connection, const SampleRequest& request,
                              StoredSamples& out) {
  auto result = connection.rows(
      fmt::format("SELECT id, name, version FROM series WHERE dimension = {} AND node = ? AND "
                  "asset = ? ORDER BY id",
                  static_cast<int>(Dimension::signal)),
      {Parameter::of(request.node), Parameter::of(request.asset)});
  if (!result) return tl::make_unexpected(result.error());
  SeriesIds ids;
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    const std::string name = rows.text(1, i);
    if (!request.signals.empty() &&
        std::find(request.signals.begin(), request.signals.end(), name) == request.signals.end())
      return;
    ids[rows.value<std::int32_t>(0, i)] = static_cast<std::uint32_t>(out.series.size());
    out.series.push_back({name, rows.value<std::uint32_t>(2, i)});
  });
  if (!read) return tl::make_unexpected(read.error());
  return ids;
}

/// Archived ones; a signal's versions are told apart, its tiers are not.
Status read_archived(Connection& connection, const Archive& archive, const SampleRequest& request,
                     StoredSamples& out) {
  ArchivedRequest wanted;
  wanted.asset = request.asset;
  wanted.node = request.node;
  for (const StoredSamples::Series& series : out.series) wanted.signals.push_back(series.signal);
  wanted.from = request.from;
  wanted.to = request.to;
  const auto sql = archived_samples(connection, archive, wanted);
  if (!sql) return tl::make_unexpected(sql.error());
  if (sql->empty()) return {};
  auto result = connection.rows(fmt::format("{} LIMIT {}", *sql, request.rows_max + 1));
  if (!result) return tl::make_unexpected(result.error());
  return for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    const std::string signal = rows.text(0, i);
    const auto version = rows.value<std::uint32_t>(1, i);
    const auto found = std::find_if(
        out.series.begin(), out.series.end(),
        [&](const StoredSamples::Series& s) { return s.signal == signal && s.version == version; });
    out.series_of.push_back(static_cast<std::uint32_t>(found - out.series.begin()));
    out.times.push_back({rows.value<std::int64_t>(2, i)});
    out.values.push_back(rows.is_null(3, i) ? std::numeric_limits<double>::quiet_NaN()
                                            : rows.value<double>(3, i));
    out.qualities.push_back(static_cast<telemetry::Quality>(rows.value<std::uint8_t>(4, i)));
  });
}

}  // namespace

Result<StoredSamples> read_samples(Connection& connection, const Archive& archive,
                                   const SampleRequest& request) {
  StoredSamples out;
  const auto ids = find_series(connection, request, out);
  if (!ids) return tl::make_unexpected(ids.error());
  if (ids->empty()) return out;
  std::string list;
  for (const auto& [id, series] : *ids) list += (list.empty() ? "" : ",") + std::to_string(id);
  if (const Status read = read_archived(connection, archive, request, out); !read)
    return tl::make_unexpected(read.error());
  // A scan gives rows as they were inserted, which is the order of arrival.
  auto result = connection.rows(
      fmt::format("SELECT series, time, value, quality FROM sample_rows WHERE series IN ({}) AND "
                  "time >= ? AND time <= ? LIMIT {}",
                  list, request.rows_max + 1),
      {Parameter::of(request.from), Parameter::of(request.to)});
  if (!result) return tl::make_unexpected(result.error());
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    out.series_of.push_back(ids->at(rows.value<std::int32_t>(0, i)));
    out.times.push_back({rows.value<std::int64_t>(1, i)});
    out.values.push_back(rows.is_null(2, i) ? std::numeric_limits<double>::quiet_NaN()
                                            : rows.value<double>(2, i));
    out.qualities.push_back(static_cast<telemetry::Quality>(rows.value<std::uint8_t>(3, i)));
  });
  if (!read) return tl::make_unexpected(read.error());
  if (out.times.size() > request.rows_max)
    return fail(Errc::full, "more than {} samples: ask for a shorter range", request.rows_max);
  out.sort();
  return out;
}

}  // namespace wayside::hub::duck
