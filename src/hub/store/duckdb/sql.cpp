#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + '\'';
}

std::string sql_texts(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    if (!out.empty()) out += ", ";
    out += sql_text(text);
  }
  return out;
}

std::string sql_time(Time time) {
  return fmt::format("make_timestamp_ns({})", time.ns);
}

std::string sql_floor(std::string_view time, Duration step) {
  return fmt::format("(epoch_ns({0}) - ((epoch_ns({0}) % {1}) + {1}) % {1})", time, step.ns);
}

Result<std::int64_t> one_integer(Connection& connection, const std::string& sql,
                                 const std::vector<Parameter>& parameters) {
  return collect<std::int64_t>(connection, sql, parameters,
                               [](std::int64_t& out, const Rows& rows, std::size_t i) {
                                 if (!rows.is_null(0, i)) out = rows.value<std::int64_t>(0, i);
                               });
}

Result<std::int64_t> changed_rows(Connection& connection, const std::string& sql,
                                  const std::vector<Parameter>& parameters) {
  return one_integer(connection, sql, parameters);  // DuckDB gives the count as a row
}

}  // namespace wayside::hub::duck
