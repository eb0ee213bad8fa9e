#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::hub::questions {

/// The language of a store.
enum class Dialect : std::uint8_t { duckdb, clickhouse };

/// By the store's name. Errors: `unavailable` for a store that answers no SQL.
[[nodiscard]] Result<Dialect> dialect_of(std::string_view store);

/// A text as a literal, whatever it holds.
[[nodiscard]] std::string quoted(Dialect dialect, std::string_view text);
/// `('a', 'b')`; an empty list gives a list of one text that nothing has.
[[nodiscard]] std::string quoted_list(Dialect dialect, const std::vector<std::string>& texts);
/// A moment as a literal that compares with the tables' times.
[[nodiscard]] std::string time_literal(Dialect dialect, Time time);

/// `time` − `length`, or the first moment there is.
[[nodiscard]] Time earlier(Time time, Duration length);

/// Puts values in for `{name}` in an SQL text; the values are SQL themselves. A name without a
/// value is a bug.
using SqlValues = std::vector<std::pair<std::string_view, std::string>>;
[[nodiscard]] std::string fill(std::string_view sql, const SqlValues& values);

}  // namespace wayside::hub::questions
