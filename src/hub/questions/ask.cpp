#include "hub/questions/ask.hpp"

#include <fmt/format.h>
#include <charconv>

namespace wayside::hub::questions {

Result<nlohmann::json> ask(TelemetryStore& store, const std::string& sql, std::size_t rows_max) {
  QueryLimits limits;
  limits.rows_max = rows_max;
  auto result = store.query(sql, limits);
  if (!result) return tl::make_unexpected(result.error());
  if (result->truncated)
    return fail(Errc::full, "the answer has more than {} rows: ask for less time or fewer assets",
                rows_max);
  auto rows = nlohmann::json::parse(result->rows_json, nullptr, false);
  if (!rows.is_array()) return fail(Errc::io, "the store's answer cannot be read");
  return rows;
}

std::int64_t integer_of(const nlohmann::json& cell) {
  if (cell.is_number_integer()) return cell.get<std::int64_t>();
  if (cell.is_number()) return static_cast<std::int64_t>(cell.get<double>());
  std::int64_t value = 0;
  if (cell.is_string()) {
    const auto& text = cell.get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  return value;
}

std::optional<double> number_of(const nlohmann::json& cell) {
  if (cell.is_number()) return cell.get<double>();
  if (cell.is_string()) return static_cast<double>(integer_of(cell));
  return std::nullopt;
}

std::string text_of(const nlohmann::json& cell) {
  return cell.is_string() ? cell.get<std::string>() : std::string();
}

std::string tag_expression(Dialect dialect, const std::string& tag) {
  // A key may hold dots and dashes, so as a JSON pointer; DuckDB takes one after a slash.
  if (dialect == Dialect::duckdb)
    return fmt::format("json_extract_string(a.tags, {})", quoted(dialect, "/" + tag));
  return fmt::format("visitParamExtractString(a.tags, {})", quoted(dialect, tag));
}

std::string scope_condition(Dialect dialect, const Scope& scope, const std::string& table) {
  std::string sql;
  if (!scope.asset.empty())
    sql += fmt::format(" AND {}.asset = {}", table, quoted(dialect, scope.asset));
  if (!scope.kind.empty()) sql += " AND a.kind = " + quoted(dialect, scope.kind);
  if (!scope.site.empty()) sql += " AND a.site = " + quoted(dialect, scope.site);
  if (!scope.tag.empty())
    sql += fmt::format(" AND {} = {}", tag_expression(dialect, scope.tag),
                       quoted(dialect, scope.tag_value));
  return sql;
}

}  // namespace wayside::hub::questions
