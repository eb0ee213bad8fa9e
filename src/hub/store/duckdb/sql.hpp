#pragma once

#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/duckdb/handles.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// A text as SQL writes it.
[[nodiscard]] std::string sql_text(std::string_view text);
/// `a, b, c` of texts, quoted.
[[nodiscard]] std::string sql_texts(const std::vector<std::string>& texts);
/// `make_timestamp_ns(…)`.
[[nodiscard]] std::string sql_time(Time time);
/// Nanoseconds of `time` (an expression) floored to a multiple of `step`, also before 1970.
[[nodiscard]] std::string sql_floor(std::string_view time, Duration step);

/// The first column of the only row; 0 for none. The column must be a BIGINT.
[[nodiscard]] Result<std::int64_t> one_integer(Connection& connection, const std::string& sql,
                                               const std::vector<Parameter>& parameters = {});
/// How many rows a statement changed.
[[nodiscard]] Result<std::int64_t> changed_rows(Connection& connection, const std::string& sql,
                                                const std::vector<Parameter>& parameters = {});

/// Runs `body` between BEGIN and COMMIT; rolls back where it fails.
template <class F>
[[nodiscard]] Status in_transaction(Connection& connection, F&& body) {
  if (const Status begun = connection.run("BEGIN"); !begun) return begun;
  const Status done = body();
  if (done) return connection.run("COMMIT");
  // Its own error says nothing that the first does not.
  (void)connection.run("ROLLBACK");
  return done;
}

/// Collects `add(out, rows, i)` over the rows of a statement.
template <class T, class F>
[[nodiscard]] Result<T> collect(Connection& connection, const std::string& sql,
                                const std::vector<Parameter>& parameters, F&& add) {
  auto result = connection.rows(sql, parameters);
  if (!result) return tl::make_unexpected(result.error());
  T out{};
  const Status read =
      for_each_row(*result, [&](const Rows& rows, std::size_t i) { add(out, rows, i); });
  if (!read) return tl::make_unexpected(read.error());
  return out;
}

}  // namespace wayside::hub::duck
