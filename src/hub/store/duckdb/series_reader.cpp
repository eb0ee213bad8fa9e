#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>

#include "hub/store/duckdb/archived_samples.hpp"
#include "hub/store/duckdb/history_reader.hpp"
#include "hub/store/duckdb/reader.hpp"
#include "hub/store/duckdb/schema.hpp"
#include "hub/store/reducer.hpp"

namespace wayside::hub::duck {
namespace {

/// One series of the reply: the ids it is stored under (an asset seen by two nodes, or a signal
/// whose version changed, has several) and what has been read of it.
struct Wanted {
  std::string name;
  SeriesKind kind;
  std::vector<std::int32_t> ids;
  Reducer reducer;
  std::optional<Time> downsampled_until;
};

bool is_wanted(const SeriesRequest& request, const std::string& name) {
  return request.names.empty() ||
         std::find(request.names.begin(), request.names.end(), name) != request.names.end();
}

Result<std::vector<Wanted>> find_wanted(Connection& connection, const SeriesRequest& request) {
  auto result = connection.rows(
      fmt::format("SELECT id, dimension, name FROM series WHERE asset = ? AND dimension <> {} "
                  "ORDER BY id",
                  static_cast<int>(Dimension::health)),
      {Parameter::of(request.asset)});
  if (!result) return tl::make_unexpected(result.error());
  std::vector<Wanted> wanted;
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    const auto dimension = static_cast<Dimension>(rows.value<std::uint8_t>(1, i));
    const SeriesKind kind =
        dimension == Dimension::signal ? SeriesKind::signal : SeriesKind::feature;
    const std::string name = rows.text(2, i);
    if (!is_wanted(request, name)) return;
    auto found = std::find_if(wanted.begin(), wanted.end(),
                              [&](const Wanted& w) { return w.kind == kind && w.name == name; });
    if (found == wanted.end()) {
      wanted.push_back({name, kind, {}, Reducer(request.from, request.to, request.points), {}});
      found = wanted.end() - 1;
    }
    found->ids.push_back(rows.value<std::int32_t>(0, i));
  });
  if (!read) return tl::make_unexpected(read.error());
  return wanted;
}

Error too_many(const std::string& name) {
  return {Errc::full,
          fmt::format("{} has more than {} values in this range: ask for fewer points or less time",
                      name, SeriesRequest::raw_max)};
}

/// The series of one kind, by the ids they are stored under and by name, and what they were given.
struct Sink {
  Sink(const SeriesRequest& r, SeriesKind kind, std::vector<Wanted>& wanted, SeriesTotal& t)
      : request(r), total(t) {
    for (Wanted& w : wanted) {
      if (w.kind != kind) continue;
      by_name[w.name] = &w;
      for (const std::int32_t id : w.ids) {
        by_id[id] = &w;
        list += (list.empty() ? "" : ",") + std::to_string(id);
      }
    }
  }
  void add(Wanted& w, Time time, double value) {
    if (request.points == 0 && w.reducer.size() == SeriesRequest::raw_max) excess = &w;
    if (excess == nullptr) total.add(w.reducer, time, value);
  }
  [[nodiscard]] Status status() const {
    return excess == nullptr ? total.status() : tl::make_unexpected(too_many(excess->name));
  }

  const SeriesRequest& request;
  SeriesTotal& total;
  std::unordered_map<std::int32_t, Wanted*> by_id;
  std::unordered_map<std::string, Wanted*> by_name;
  std::string list;  ///< of ids, for SQL
  const Wanted* excess = nullptr;
};

double number_at(const Rows& rows, std::size_t column, std::size_t row) {
  return rows.is_null(column, row) ? std::numeric_limits<double>::quiet_NaN()
                                   : rows.value<double>(column, row);
}

/// Rows of (series, time, value), in one scan.
Status read_rows(Connection& connection, SeriesKind kind, Sink& sink) {
  const bool signals = kind == SeriesKind::signal;
  auto result = connection.rows(
      fmt::format("SELECT series, time, value FROM {} WHERE series IN ({}) AND time >= ? AND "
                  "time <= ?{}",
                  signals ? "sample_rows" : "feature_rows", sink.list,
                  signals && !sink.request.all_qualities ? " AND quality = 'good'" : ""),
      {Parameter::of(sink.request.from), Parameter::of(sink.request.to)});
  if (!result) return tl::make_unexpected(result.error());
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    sink.add(*sink.by_id[rows.value<std::int32_t>(0, i)], {rows.value<std::int64_t>(1, i)},
             number_at(rows, 2, i));
  });
  return read ? sink.status() : read;
}

/// Samples that left their table: from the downsampled history up to `until` of their tier, from
/// then on as they were, from the archive. The two and the table never hold the same sample.
Status read_departed(Connection& connection, const Archive& archive, Sink& sink) {
  const auto until = history_until(connection, sink.request);
  if (!until) return tl::make_unexpected(until.error());
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    const Time before = (*until)[static_cast<std::size_t>(tier)];
    if (before == Time::min()) continue;
    const Status read = read_history(connection, sink.request, sink.list, tier, before,
                                     [&](std::int32_t series, Time time, double value) {
                                       Wanted& w = *sink.by_id[series];
                                       w.downsampled_until =
                                           std::max(w.downsampled_until, std::optional(before));
                                       sink.add(w, time, value);
                                     });
    if (!read) return read;
  }
  ArchivedRequest request;
  request.asset = sink.request.asset;
  for (const auto& [name, w] : sink.by_name) request.signals.push_back(name);
  request.from = sink.request.from;
  request.to = sink.request.to;
  request.good_only = !sink.request.all_qualities;
  request.from_tier = *until;
  const auto sql = archived_samples(connection, archive, request);
  if (!sql) return tl::make_unexpected(sql.error());
  if (sql->empty()) return sink.status();
  auto result = connection.rows(*sql);
  if (!result) return tl::make_unexpected(result.error());
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    sink.add(*sink.by_name[rows.text(0, i)], {rows.value<std::int64_t>(2, i)},
             number_at(rows, 3, i));
  });
  return read ? sink.status() : read;
}

/// Scores come from the decisions: `model.score`.
Status read_scores(Connection& connection, const SeriesRequest& request,
                   std::vector<Wanted>& wanted, SeriesTotal& total) {
  constexpr std::string_view suffix = ".score";
  const auto asks_for_score = [&](const std::string& name) { return name.ends_with(suffix); };
  if (!request.names.empty() &&
      std::none_of(request.names.begin(), request.names.end(), asks_for_score))
    return {};
  auto result = connection.rows(
      "SELECT model, time, score FROM decision_rows WHERE asset = ? AND time >= ? AND time <= ?",
      {Parameter::of(request.asset), Parameter::of(request.from), Parameter::of(request.to)});
  if (!result) return tl::make_unexpected(result.error());
  std::unordered_map<std::string, Reducer> models;
  std::string excess;
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    const std::string name = rows.text(0, i).append(suffix);
    if (!excess.empty() || !is_wanted(request, name)) return;
    auto model = models.try_emplace(name, request.from, request.to, request.points).first;
    if (request.points == 0 && model->second.size() == SeriesRequest::raw_max) excess = name;
    total.add(model->second, {rows.value<std::int64_t>(1, i)}, number_at(rows, 2, i));
  });
  if (!read) return read;
  if (!excess.empty()) return tl::make_unexpected(too_many(excess));
  if (const Status bounded = total.status(); !bounded) return bounded;
  for (auto& [name, reducer] : models)
    wanted.push_back({name, SeriesKind::score, {}, std::move(reducer), {}});
  return {};
}

}  // namespace

Result<std::vector<SeriesData>> read_series(Connection& connection, const Archive& archive,
                                            const SeriesRequest& request) {
  auto wanted = find_wanted(connection, request);
  if (!wanted) return tl::make_unexpected(wanted.error());
  SeriesTotal total(SeriesRequest::values_max);
  for (const SeriesKind kind : {SeriesKind::signal, SeriesKind::feature}) {
    Sink sink(request, kind, *wanted, total);
    if (sink.by_id.empty()) continue;
    if (kind == SeriesKind::signal)
      if (const Status read = read_departed(connection, archive, sink); !read)
        return tl::make_unexpected(read.error());
    if (const Status read = read_rows(connection, kind, sink); !read)
      return tl::make_unexpected(read.error());
  }
  if (const Status read = read_scores(connection, request, *wanted, total); !read)
    return tl::make_unexpected(read.error());
  std::vector<SeriesData> series;
  for (Wanted& w : *wanted) {
    auto output = std::move(w.reducer).finish();
    series.push_back({std::move(w.name), w.kind, output.reduced, std::move(output.times),
                      std::move(output.values), w.downsampled_until});
  }
  return series;
}

}  // namespace wayside::hub::duck
