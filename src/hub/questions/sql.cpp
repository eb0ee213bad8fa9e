#include "hub/questions/sql.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::hub::questions {

Result<Dialect> dialect_of(std::string_view store) {
  if (store == "duckdb") return Dialect::duckdb;
  if (store == "clickhouse") return Dialect::clickhouse;
  return fail(Errc::unavailable, "the store '{}' answers no questions in SQL", store);
}

std::string quoted(Dialect dialect, std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += dialect == Dialect::clickhouse ? '\\' : '\'';
    if (c == '\\' && dialect == Dialect::clickhouse) out += '\\';
    out += c;
  }
  return out + "'";
}

std::string quoted_list(Dialect dialect, const std::vector<std::string>& texts) {
  if (texts.empty()) return "('')";
  std::string out = "(";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ", ";
    out += quoted(dialect, text);
  }
  return out + ")";
}

std::string time_literal(Dialect dialect, Time time) {
  if (dialect == Dialect::clickhouse) return std::to_string(time.ns);
  return "make_timestamp_ns(" + std::to_string(time.ns) + ")";
}

Time earlier(Time time, Duration length) {
  // DuckDB's first moment is a little later than ours.
  constexpr Time first = Time::min() + seconds(1);
  std::int64_t ns = 0;
  if (__builtin_sub_overflow(time.ns, length.ns, &ns)) return first;
  return std::max(first, Time{ns});
}

std::string fill(std::string_view sql, const SqlValues& values) {
  std::string out;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t open = sql.find('{', at);
    if (open == std::string_view::npos) return out += sql.substr(at);
    const std::size_t close = sql.find('}', open);
    WAYSIDE_ASSERT(close != std::string_view::npos, "a place in an SQL text is not closed");
    const std::string_view name = sql.substr(open + 1, close - open - 1);
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    WAYSIDE_ASSERT(value != values.end(), "a place in an SQL text has no value");
    out += sql.substr(at, open - at);
    out += value->second;
    at = close + 1;
  }
  return out;
}

}  // namespace wayside::hub::questions
