#pragma once

#include <string>

#include "hub/questions/questions.hpp"

/// The questions in DuckDB's language. Columns and their order are the same as in ClickHouse's;
/// times are given as nanoseconds.
namespace wayside::hub::questions::duckdb {

[[nodiscard]] std::string stats_sql(const StatsRequest& request);
[[nodiscard]] std::string asof_sql(const AsofRequest& request);
[[nodiscard]] std::string similar_sql(const SimilarRequest& request);
[[nodiscard]] std::string anomaly_sql(const AnomalyRequest& request);

}  // namespace wayside::hub::questions::duckdb
