#include "hub/questions/duckdb_sql.hpp"

#include <fmt/format.h>

#include "hub/questions/ask.hpp"

namespace wayside::hub::questions::duckdb {
namespace {

constexpr Dialect dialect = Dialect::duckdb;

std::string text(std::string_view value) {
  return quoted(dialect, value);
}

/// `from <= time` and so on, left out where the range has no end.
std::string after(Time from) {
  return from == Time::min() ? "" : " AND time >= " + time_literal(dialect, from);
}
std::string until(Time to) {
  return to == Time::max() ? "" : " AND time <= " + time_literal(dialect, to);
}

std::string group_of(const StatsRequest& request) {
  switch (request.by) {
    case StatsRequest::By::asset:
      return "s.asset";
    case StatsRequest::By::kind:
      return "coalesce(a.kind, '')";
    case StatsRequest::By::site:
      return "coalesce(a.site, '')";
    case StatsRequest::By::tag:
      return fmt::format("coalesce({}, '')", tag_expression(dialect, request.by_tag));
  }
  return {};
}

}  // namespace

std::string stats_sql(const StatsRequest& request) {
  const std::string start =
      request.every ? fmt::format("((epoch_ns(time) - (((epoch_ns(time) % {0}) + {0}) % {0})))",
                                  request.every->ns)
                    : std::to_string(request.from.ns);
  // Windows first by series, with the many rows; who belongs to which group comes after. Quantiles
  // need the values themselves.
  return fmt::format(
      "SELECT {} AS \"group\", {} AS start, count(*), avg(value), stddev_pop(value), min(value), "
      "max(value), quantile_disc(value, 0.05), quantile_disc(value, 0.5), "
      "quantile_disc(value, 0.95) "
      "FROM samples s LEFT JOIN assets a ON a.node = s.node AND a.asset = s.asset "
      "WHERE s.signal = {} AND s.quality = 'good' AND time >= {} AND time < {}{} "
      "GROUP BY ALL ORDER BY 1, 2",
      group_of(request), start, text(request.signal), time_literal(dialect, request.from),
      time_literal(dialect, request.to), scope_condition(dialect, request.scope, "s"));
}

std::string asof_sql(const AsofRequest& request) {
  std::string values, joins;
  const Time oldest = earlier(request.from, request.within);
  for (std::size_t i = 0; i < request.signals.size(); ++i) {
    values += fmt::format(
        ", CASE WHEN epoch_ns(s{0}.time) >= epoch_ns(e.time) - {1} THEN epoch_ns(s{0}.time) END"
        ", CASE WHEN epoch_ns(s{0}.time) >= epoch_ns(e.time) - {1} THEN s{0}.value END",
        i, request.within.ns);
    joins += fmt::format(
        " ASOF LEFT JOIN (SELECT asset, time, value FROM samples WHERE signal = {1} AND "
        "quality = 'good'{2}{3}) s{0} ON e.asset = s{0}.asset AND e.time >= s{0}.time",
        i, text(request.signals[i]), after(oldest), until(request.to));
  }
  const std::string kind =
      request.event_kind.empty() ? "" : " AND e.kind = " + text(request.event_kind);
  return fmt::format(
      "WITH e AS (SELECT e.node, e.asset, e.kind, e.severity, e.text, e.time FROM events e "
      "LEFT JOIN assets a ON a.node = e.node AND a.asset = e.asset WHERE e.asset <> ''{}{}{}{} "
      "ORDER BY e.time DESC, e.asset, e.kind, e.text LIMIT {}) "
      "SELECT e.node, e.asset, e.kind, e.severity, e.text, epoch_ns(e.time){} FROM e{} "
      "ORDER BY e.time DESC, e.asset, e.kind, e.text",
      after(request.from), until(request.to), kind, scope_condition(dialect, request.scope, "e"),
      request.limit, values, joins);
}

std::string similar_sql(const SimilarRequest& request) {
  return fmt::format(
      "SELECT f.node, f.asset, f.name, avg(f.value) FROM features f JOIN assets a "
      "ON a.node = f.node AND a.asset = f.asset WHERE a.kind = {} AND f.value IS NOT NULL "
      "AND f.time > {} AND f.time <= {} GROUP BY ALL ORDER BY f.asset, f.node, f.name",
      text(request.kind), time_literal(dialect, earlier(request.to, request.window)),
      time_literal(dialect, request.to));
}

std::string anomaly_sql(const AnomalyRequest& request) {
  const std::string which = request.above ? fmt::format("d.score >= {}", *request.above)
                                          : "d.class = 'anomaly' AND d.score IS NOT NULL";
  const std::string model = request.model.empty() ? "" : " AND d.model = " + text(request.model);
  return fmt::format(
      "WITH d AS (SELECT d.node, d.asset, d.model, epoch_ns(d.time) AS t, d.score FROM decisions d "
      "LEFT JOIN assets a ON a.node = d.node AND a.asset = d.asset WHERE {}{}{}{}{}), "
      "marked AS (SELECT *, t - lag(t) OVER series > {} AS apart FROM d "
      "WINDOW series AS (PARTITION BY node, asset, model ORDER BY t)), "
      "numbered AS (SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY node, "
      "asset, model ORDER BY t ROWS UNBOUNDED PRECEDING) AS episode FROM marked) "
      "SELECT node, asset, model, min(t) AS began, max(t), max(score) AS peak, "
      "min(t) FILTER (score = best), count(*) FROM (SELECT *, max(score) OVER (PARTITION BY node, "
      "asset, model, episode) AS best FROM numbered) GROUP BY node, asset, model, episode "
      "ORDER BY peak DESC, began, asset, model, node LIMIT {}",
      which, model, after(request.from), until(request.to),
      scope_condition(dialect, request.scope, "d"), request.gap.ns, request.limit);
}

}  // namespace wayside::hub::questions::duckdb
