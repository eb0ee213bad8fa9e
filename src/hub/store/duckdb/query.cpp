#include "hub/store/duckdb/query.hpp"

#include <atomic>

#include "hub/store/duckdb/deadline.hpp"
#include "hub/store/duckdb/guard.hpp"
#include "hub/store/duckdb/json_rows.hpp"
#include "hub/store/duckdb/query_memory.hpp"

namespace wayside::hub::duck {
namespace {

/// Why a query ended before its end, as far as it is not the time.
struct Ending {
  std::atomic<bool> abandoned = false, memory = false;
};

/// A query whose time is over may find the memory taken before it is interrupted: it was the time.
Error explain(Error error, const QueryLimits& limits, const Ending& ending,
              const Deadline& deadline) {
  if (error.code != Errc::timeout && error.code != Errc::full) return error;
  if (ending.abandoned) return {Errc::unavailable, "the client has gone"};
  if (deadline.passed())
    return {Errc::timeout, "the query took longer than " + format_duration(limits.timeout)};
  if (ending.memory)
    return {Errc::full, "the queries at work take too much memory: ask for less at a time"};
  return error;
}

Status read_rows(ResultHandle& result, const JsonRows& json, const QueryLimits& limits,
                 const Ending& ending, const Deadline& deadline, QueryResult& out) {
  for (;;) {
    auto chunk = result.fetch();
    if (!chunk) return tl::make_unexpected(explain(chunk.error(), limits, ending, deadline));
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
                              const QueryLimits& limits, std::uint64_t memory_bytes_max,
                              AtWork& at_work) {
  auto memory = QueryMemory::open(database, memory_bytes_max);
  if (!memory) return tl::make_unexpected(memory.error());
  auto connection = Connection::open(database);
  if (!connection) return tl::make_unexpected(connection.error());
  const AtWork::Guard working(at_work, connection->get());
  if (const Status begun = connection->run("BEGIN TRANSACTION READ ONLY"); !begun)
    return tl::make_unexpected(begun.error());
  Ending ending;
  const auto stop = [&] {
    ending.abandoned = limits.abandoned && limits.abandoned();
    ending.memory = !ending.abandoned && memory->exceeded();
    return ending.abandoned || ending.memory;
  };
  const Deadline deadline(connection->get(), limits.timeout, stop);
  if (const Status checked = check_query(*connection, sql); !checked)
    return tl::make_unexpected(checked.error());
  auto result = connection->rows(sql);
  if (!result) return tl::make_unexpected(explain(result.error(), limits, ending, deadline));
  const auto json = JsonRows::of(result->get());
  if (!json) return tl::make_unexpected(json.error());
  QueryResult out;
  for (std::size_t i = 0; i < json->type_names().size(); ++i)
    out.columns.push_back({duckdb_column_name(&result->get(), i), json->type_names()[i]});
  out.rows_json = "[";
  if (const Status read = read_rows(*result, *json, limits, ending, deadline, out); !read)
    return tl::make_unexpected(read.error());
  out.rows_json += ']';
  return out;
}

}  // namespace wayside::hub::duck
