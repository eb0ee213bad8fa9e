#include "hub/questions/questions.hpp"

#include "hub/questions/ask.hpp"
#include "hub/questions/clickhouse_sql.hpp"
#include "hub/questions/duckdb_sql.hpp"

namespace wayside::hub::questions {
namespace {

using Json = nlohmann::json;

/// The rows of a question in the store's own language.
template <class Request>
Result<Json> rows_of(TelemetryStore& store, const Request& request,
                     std::string (*in_duckdb)(const Request&),
                     std::string (*in_clickhouse)(const Request&), std::size_t rows_max) {
  const auto dialect = dialect_of(store.name());
  if (!dialect) return tl::make_unexpected(dialect.error());
  const std::string sql = *dialect == Dialect::duckdb ? in_duckdb(request) : in_clickhouse(request);
  return ask(store, sql, rows_max);
}

Time time_of(const Json& cell) {
  return {integer_of(cell)};
}

double value_of(const Json& cell) {
  return number_of(cell).value_or(0);
}

}  // namespace

Result<std::vector<StatsRow>> window_stats(TelemetryStore& store, const StatsRequest& request) {
  const auto rows =
      rows_of(store, request, duckdb::stats_sql, clickhouse::stats_sql, StatsRequest::rows_max);
  if (!rows) return tl::make_unexpected(rows.error());
  std::vector<StatsRow> stats;
  for (const Json& row : *rows)
    stats.push_back({text_of(row[0]), time_of(row[1]),
                     static_cast<std::uint64_t>(integer_of(row[2])), value_of(row[3]),
                     value_of(row[4]), value_of(row[5]), value_of(row[6]), value_of(row[7]),
                     value_of(row[8]), value_of(row[9])});
  return stats;
}

Result<std::vector<AsofRow>> as_of_events(TelemetryStore& store, const AsofRequest& request) {
  const auto rows =
      rows_of(store, request, duckdb::asof_sql, clickhouse::asof_sql, AsofRequest::events_max);
  if (!rows) return tl::make_unexpected(rows.error());
  std::vector<AsofRow> events;
  for (const Json& row : *rows) {
    AsofRow event{text_of(row[0]),
                  text_of(row[1]),
                  text_of(row[2]),
                  text_of(row[3]),
                  text_of(row[4]),
                  time_of(row[5]),
                  {}};
    for (std::size_t i = 0; i < request.signals.size(); ++i) {
      const Json& time = row[6 + 2 * i];
      const auto value = number_of(row[7 + 2 * i]);
      event.values.push_back(time.is_null() || !value
                                 ? std::nullopt
                                 : std::optional(AsofRow::Value{time_of(time), *value}));
    }
    events.push_back(std::move(event));
  }
  return events;
}

Result<std::vector<Episode>> top_anomalies(TelemetryStore& store, const AnomalyRequest& request) {
  const auto rows = rows_of(store, request, duckdb::anomaly_sql, clickhouse::anomaly_sql,
                            AnomalyRequest::limit_max);
  if (!rows) return tl::make_unexpected(rows.error());
  std::vector<Episode> episodes;
  for (const Json& row : *rows)
    episodes.push_back({text_of(row[0]), text_of(row[1]), text_of(row[2]), time_of(row[3]),
                        time_of(row[4]), time_of(row[6]), value_of(row[5]),
                        static_cast<std::uint64_t>(integer_of(row[7]))});
  return episodes;
}

}  // namespace wayside::hub::questions
