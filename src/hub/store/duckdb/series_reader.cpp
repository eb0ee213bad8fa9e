#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <unordered_map>

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
      wanted.push_back({name, kind, {}, Reducer(request.from, request.to, request.points)});
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

/// Reads rows of (series, time, value) into the reducers they belong to, in one scan.
Status read_rows(Connection& connection, const SeriesRequest& request, SeriesKind kind,
                 std::vector<Wanted>& wanted) {
  std::unordered_map<std::int32_t, Wanted*> by_id;
  std::string ids;
  for (Wanted& w : wanted) {
    if (w.kind != kind) continue;
    for (const std::int32_t id : w.ids) {
      by_id[id] = &w;
      ids += (ids.empty() ? "" : ",") + std::to_string(id);
    }
  }
  if (by_id.empty()) return {};
  const bool signals = kind == SeriesKind::signal;
  auto result = connection.rows(
      fmt::format("SELECT series, time, value FROM {} WHERE series IN ({}) AND time >= ? AND "
                  "time <= ?{}",
                  signals ? "sample_rows" : "feature_rows", ids,
                  signals && !request.all_qualities ? " AND quality = 'good'" : ""),
      {Parameter::of(request.from), Parameter::of(request.to)});
  if (!result) return tl::make_unexpected(result.error());
  const Wanted* excess = nullptr;
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    Wanted* w = by_id[rows.value<std::int32_t>(0, i)];
    if (request.points == 0 && w->reducer.size() == SeriesRequest::raw_max) excess = w;
    if (excess != nullptr) return;
    w->reducer.add({rows.value<std::int64_t>(1, i)}, rows.is_null(2, i)
                                                         ? std::numeric_limits<double>::quiet_NaN()
                                                         : rows.value<double>(2, i));
  });
  if (!read) return read;
  if (excess != nullptr) return tl::make_unexpected(too_many(excess->name));
  return {};
}

/// Scores come from the decisions: `model.score`.
Status read_scores(Connection& connection, const SeriesRequest& request,
                   std::vector<Wanted>& wanted) {
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
    model->second.add(
        {rows.value<std::int64_t>(1, i)},
        rows.is_null(2, i) ? std::numeric_limits<double>::quiet_NaN() : rows.value<double>(2, i));
  });
  if (!read) return read;
  if (!excess.empty()) return tl::make_unexpected(too_many(excess));
  for (auto& [name, reducer] : models)
    wanted.push_back({name, SeriesKind::score, {}, std::move(reducer)});
  return {};
}

}  // namespace

Result<std::vector<SeriesData>> read_series(Connection& connection, const SeriesRequest& request) {
  auto wanted = find_wanted(connection, request);
  if (!wanted) return tl::make_unexpected(wanted.error());
  for (const SeriesKind kind : {SeriesKind::signal, SeriesKind::feature})
    if (const Status read = read_rows(connection, request, kind, *wanted); !read)
      return tl::make_unexpected(read.error());
  if (const Status read = read_scores(connection, request, *wanted); !read)
    return tl::make_unexpected(read.error());
  std::vector<SeriesData> series;
  for (Wanted& w : *wanted) {
    auto output = std::move(w.reducer).finish();
    series.push_back({std::move(w.name), w.kind, output.reduced, std::move(output.times),
                      std::move(output.values)});
  }
  return series;
}

}  // namespace wayside::hub::duck
