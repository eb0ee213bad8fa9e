#include "hub/store/duckdb/query.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "hub/store/duckdb/guard.hpp"
#include "hub/store/duckdb/json_rows.hpp"

namespace wayside::hub::duck {
namespace {

/// Interrupts a connection that is still at work when its time is over.
class Deadline {
 public:
  Deadline(duckdb_connection connection, Duration timeout)
      : thread_([this, connection, timeout] { watch(connection, timeout); }) {}
  ~Deadline() {
    {
      const std::scoped_lock lock(mutex_);
      done_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  void watch(duckdb_connection connection, Duration timeout) {
    // Again and again: DuckDB forgets an interrupt that comes between two of its steps.
    constexpr std::chrono::milliseconds again{20};
    std::unique_lock lock(mutex_);
    auto pause = std::chrono::nanoseconds(timeout.ns);
    while (!wake_.wait_for(lock, pause, [this] { return done_; })) {
      duckdb_interrupt(connection);
      pause = again;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

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
      if (out.rows == limits.rows_max || out.rows_json.size() > limits.reply_bytes_max) {
        out.truncated = true;
        return {};
      }
      if (out.rows > 0) out.rows_json += ',';
      json.append(chunk->get(), i, out.rows_json);
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
