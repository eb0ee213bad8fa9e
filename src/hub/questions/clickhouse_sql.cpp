#include "hub/questions/clickhouse_sql.hpp"

#include <fmt/format.h>

#include "hub/questions/ask.hpp"

// No window function, no WITH and one join a SELECT: that is what old and new servers both take.
namespace wayside::hub::questions::clickhouse {
namespace {

constexpr Dialect dialect = Dialect::clickhouse;

std::string text(std::string_view value) {
  return quoted(dialect, value);
}

std::string after(Time from) {
  return from == Time::min() ? "" : " AND time >= " + time_literal(dialect, from);
}
std::string until(Time to) {
  return to == Time::max() ? "" : " AND time <= " + time_literal(dialect, to);
}

/// The assets of a scope to join with, by node and asset. Where the scope asks nothing of them, the
/// join may keep rows of assets that no node has described.
std::string assets_of(const Scope& scope) {
  const bool any = scope.kind.empty() && scope.site.empty() && scope.tag.empty();
  return fmt::format(
      "ALL {} JOIN (SELECT node, asset, kind AS asset_kind, site, tags FROM assets a WHERE 1{}) "
      "USING (node, asset)",
      any ? "LEFT" : "INNER", scope_condition(dialect, scope, "a"));
}

std::string of_asset(const Scope& scope) {
  return scope.asset.empty() ? "" : " AND asset = " + text(scope.asset);
}

std::string group_of(const StatsRequest& request) {
  switch (request.by) {
    case StatsRequest::By::asset:
      return "asset";
    case StatsRequest::By::kind:
      return "asset_kind";
    case StatsRequest::By::site:
      return "site";
    case StatsRequest::By::tag:
      return fmt::format("visitParamExtractString(tags, {})", text(request.by_tag));
  }
  return {};
}

/// As DuckDB's quantile_disc.
std::string quantile(double level) {
  return fmt::format(
      "arraySort(groupArray(value))[greatest(1, toInt64(count() - floor(count() - {} * "
      "count())))]",
      level);
}

}  // namespace

std::string stats_sql(const StatsRequest& request) {
  const std::string start =
      request.every ? fmt::format("(at - (((at % {0}) + {0}) % {0}))", request.every->ns)
                    : fmt::format("toInt64({})", request.from.ns);
  return fmt::format(
      "SELECT {} AS group_name, {} AS start, count(), avg(value), stddevPop(value), min(value), "
      "max(value), {}, {}, {} FROM (SELECT node, asset, toInt64(time) AS at, value FROM samples "
      "WHERE signal = {} AND quality = 'good' AND time >= {} AND time < {}{}) {} "
      "GROUP BY group_name, start ORDER BY group_name, start",
      group_of(request), start, quantile(0.05), quantile(0.5), quantile(0.95), text(request.signal),
      time_literal(dialect, request.from), time_literal(dialect, request.to),
      of_asset(request.scope), assets_of(request.scope));
}

// Events meet the samples of their own and the last stretch of `within`, so that what is looked
// through for one event is bounded.
std::string asof_sql(const AsofRequest& request) {
  const std::int64_t within = std::max<std::int64_t>(request.within.ns, 1);
  const Time oldest = earlier(request.from, request.within);
  std::string found, values, arrays;
  for (std::size_t i = 0; i < request.signals.size(); ++i) {
    found += fmt::format(
        ", arrayFirst(p -> p.1 <= at AND p.1 >= at - {1}, arrayReverse(arraySort(v{0}))) AS f{0}",
        i, within);
    values += fmt::format(", if(f{0}.1 = 0, NULL, f{0}.1), if(f{0}.1 = 0, NULL, f{0}.2)", i);
    arrays += fmt::format(
        ", groupArrayIf((toInt64(time), toFloat64(assumeNotNull(value))), "
        "signal = {1}) AS v{0}",
        i, text(request.signals[i]));
  }
  const std::string kind =
      request.event_kind.empty() ? "" : " AND kind = " + text(request.event_kind);
  return fmt::format(
      "SELECT node, asset, kind, severity, text, at{values} FROM (SELECT node, asset, kind, "
      "severity, text, at{found} FROM (SELECT node, asset, kind, severity, text, at, "
      "intDiv(at, {within}) AS stretch FROM (SELECT node, asset, kind, toString(severity) AS "
      "severity, text, toInt64(time) AS at FROM events WHERE asset != ''{after}{until}{kind}"
      "{asset}) {assets} ORDER BY at DESC, asset, kind, text LIMIT {limit}) ALL LEFT JOIN "
      "(SELECT asset, arrayJoin([intDiv(toInt64(time), {within}), intDiv(toInt64(time), {within}) "
      "+ 1]) AS stretch{arrays} FROM samples WHERE quality = 'good' AND signal IN {signals}"
      "{oldest}{until} GROUP BY asset, stretch) USING (asset, stretch)) "
      "ORDER BY at DESC, asset, kind, text",
      fmt::arg("values", values), fmt::arg("found", found), fmt::arg("within", within),
      fmt::arg("after", after(request.from)), fmt::arg("until", until(request.to)),
      fmt::arg("kind", kind), fmt::arg("asset", of_asset(request.scope)),
      fmt::arg("assets", assets_of(request.scope)), fmt::arg("limit", request.limit),
      fmt::arg("arrays", arrays), fmt::arg("signals", quoted_list(dialect, request.signals)),
      fmt::arg("oldest", after(oldest)));
}

std::string similar_sql(const SimilarRequest& request) {
  return fmt::format(
      "SELECT node, asset, name, avg(value) FROM (SELECT node, asset, name, value FROM features "
      "WHERE isFinite(value) AND time > {} AND time <= {}) ALL INNER JOIN (SELECT node, asset "
      "FROM assets WHERE kind = {}) USING (node, asset) GROUP BY node, asset, name "
      "ORDER BY asset, node, name",
      time_literal(dialect, earlier(request.to, request.window)), time_literal(dialect, request.to),
      text(request.kind));
}

std::string anomaly_sql(const AnomalyRequest& request) {
  const std::string which = request.above ? fmt::format("score >= {}", *request.above)
                                          : std::string("class = 'anomaly' AND isFinite(score)");
  const std::string model = request.model.empty() ? "" : " AND model = " + text(request.model);
  return fmt::format(
      "SELECT node, asset, model, min(t) AS began, max(t), max(s) AS peak, "
      "arraySort(groupArray((-s, t)))[1].2, count() FROM (SELECT node, asset, model, times AS t, "
      "scores AS s, episodes AS episode FROM (SELECT node, asset, model, "
      "arraySort(groupArray((at, score))) AS p, arrayMap(x -> x.1, p) AS times, "
      "arrayMap(x -> x.2, p) AS scores, "
      "arrayCumSum((x, last) -> x - last > {}, times, "
      "arrayPopBack(arrayPushFront(times, times[1]))) AS episodes "
      "FROM (SELECT node, asset, model, toInt64(time) AS at, toFloat64(assumeNotNull(score)) AS "
      "score FROM decisions WHERE {}{}{}{}{}) {} GROUP BY node, asset, model) "
      "ARRAY JOIN times, scores, episodes) GROUP BY node, asset, model, episode "
      "ORDER BY peak DESC, began, asset, model, node LIMIT {}",
      request.gap.ns, which, model, after(request.from), until(request.to), of_asset(request.scope),
      assets_of(request.scope), request.limit);
}

}  // namespace wayside::hub::questions::clickhouse
