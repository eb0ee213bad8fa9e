#include "hub/store/duckdb/query.hpp"

#include "hub/store/duckdb/deadline.hpp"
#include "hub/store/duckdb/guard.hpp"
#include "hub/store/duckdb/json_rows.hpp"

namespace wayside::hub::duck {
namespace {

Error explain(Error error, const QueryLimits& limits) {
  if (error.code == Errc::timeout)
    error.message = "the query took longer than " + format_duration(limits.timeout);
  return error;
}

Status read_rows(ResultHandle& result, const JsonRows& json, const QueryLimits& limits,
                 QueryResult& out) {
  for (;;) {
    auto chunk = result.fetch();
    if (!chunk) return tl::make_unexpected(explain(chunk.error(), limits));
    if (!*chunk) return {};
    const std::size_t size = duckdb_data_chunk_get_size(chunk->get());
    for (std::size_t i = 0; i < size; ++i) {
      out.truncated = out.rows == limits.rows_max;
      if (out.truncated) return {};
      if (out.rows > 0) out.rows_json += ',';
      if (!json.append(chunk->get(), i, out.rows_json, limits.reply_bytes_max)) {
        if (out.rows == 0)
          return fail(Errc::full, "one row takes more than the {} bytes of a reply",
                      limits.reply_bytes_max);
        out.rows_json.pop_back();
        out.truncated = true;
        return {};
      }
      ++out.rows;
    }
  }
}

}  // namespace

Result<QueryResult> run_query(duckdb_database database, const std::string& sql,
                              const QueryLimits& limits) {
  auto connection = Connection::open(database);
  if (!connection) return tl::make_unexpected(connection.error());
  if (const Status begun = connection->run("BEGIN TRANSACTION READ ONLY"); !begun)
    return tl::make_unexpected(begun.error());
  const Deadline deadline(connection->get(), limits.timeout);
  if (const Status checked = check_query(*connection, sql); !checked)
    return tl::make_unexpected(checked.error());
  auto result = connection->rows(sql);
  if (!result) return tl::make_unexpected(explain(result.error(), limits));
  const auto json = JsonRows::of(result->get());
  if (!json) return tl::make_unexpected(json.error());
  QueryResult out;
  for (std::size_t i = 0; i < json->type_names().size(); ++i)
    out.columns.push_back({duckdb_column_name(&result->get(), i), json->type_names()[i]});
  out.rows_json = "[";
  if (const Status read = read_rows(*result, *json, limits, out); !read)
    return tl::make_unexpected(read.error());
  out.rows_json += ']';
  return out;
}

}  // namespace wayside::hub::duck
