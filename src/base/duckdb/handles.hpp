#pragma once

#include <duckdb.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::duck {

/// DuckDB's words in ours: out of memory or disk is `full`, an interrupt `timeout`, a mistake in
/// the statement `invalid`, anything else `io`. Only the first line of the message is kept for
/// `io`.
[[nodiscard]] Error to_error(duckdb_error_type type, const char* message);

/// Owns one of DuckDB's handles.
template <class Handle, auto Destroy>
class Owned {
 public:
  Owned() = default;
  ~Owned() { reset(); }
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, Handle{})) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  [[nodiscard]] Handle get() const { return handle_; }
  [[nodiscard]] Handle* out() { return &handle_; }
  explicit operator bool() const { return handle_ != Handle{}; }
  void reset() {
    if (handle_ != Handle{}) Destroy(&handle_);
    handle_ = Handle{};
  }

 private:
  Handle handle_{};
};

using DatabaseHandle = Owned<duckdb_database, duckdb_close>;
using ConnectionHandle = Owned<duckdb_connection, duckdb_disconnect>;
using ConfigHandle = Owned<duckdb_config, duckdb_destroy_config>;
using PreparedHandle = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using ExtractedHandle = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;
using PendingHandle = Owned<duckdb_pending_result, duckdb_destroy_pending>;
using ChunkHandle = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using TypeHandle = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;
using AppenderHandle = Owned<duckdb_appender, duckdb_appender_destroy>;

/// A result, whole or streaming.
class ResultHandle {
 public:
  ResultHandle() = default;
  ~ResultHandle() { duckdb_destroy_result(&result_); }
  ResultHandle(ResultHandle&& other) noexcept
      : result_(std::exchange(other.result_, duckdb_result{})) {}
  ResultHandle& operator=(ResultHandle&& other) noexcept {
    std::swap(result_, other.result_);
    return *this;
  }
  [[nodiscard]] duckdb_result* out() { return &result_; }
  [[nodiscard]] duckdb_result& get() { return result_; }
  [[nodiscard]] Error error();
  /// The next rows, or an empty handle at the end.
  [[nodiscard]] Result<ChunkHandle> fetch();

 private:
  duckdb_result result_{};
};

/// A parameter of a statement.
struct Parameter {
  enum class Type { text, integer, time } type = Type::text;
  std::string text;
  std::int64_t integer = 0;

  static Parameter of(std::string value) { return {Type::text, std::move(value), 0}; }
  static Parameter of(std::int64_t value) { return {Type::integer, {}, value}; }
  static Parameter of(Time value) { return {Type::time, {}, value.ns}; }
};

class Connection {
 public:
  [[nodiscard]] static Result<Connection> open(duckdb_database database);
  /// One or more statements without rows.
  [[nodiscard]] Status run(const std::string& sql);
  /// One statement, its parameters bound to `?`, its rows streaming.
  [[nodiscard]] Result<ResultHandle> rows(const std::string& sql,
                                          const std::vector<Parameter>& parameters = {});
  [[nodiscard]] duckdb_connection get() const { return handle_.get(); }

 private:
  ConnectionHandle handle_;
};

/// Reads one chunk's columns as plain arrays.
class Rows {
 public:
  explicit Rows(duckdb_data_chunk chunk)
      : chunk_(chunk), size_(duckdb_data_chunk_get_size(chunk)) {}
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool is_null(std::size_t column, std::size_t row) const;
  template <class T>
  [[nodiscard]] T value(std::size_t column, std::size_t row) const {
    return static_cast<const T*>(duckdb_vector_get_data(vector(column)))[row];
  }
  /// Empty for null.
  [[nodiscard]] std::string text(std::size_t column, std::size_t row) const;

 private:
  [[nodiscard]] duckdb_vector vector(std::size_t column) const {
    return duckdb_data_chunk_get_vector(chunk_, column);
  }
  duckdb_data_chunk chunk_;
  std::size_t size_;
};

/// Calls `f(rows, i)` for every row of a result.
template <class F>
[[nodiscard]] Status for_each_row(ResultHandle& result, F&& f) {
  for (;;) {
    auto chunk = result.fetch();
    if (!chunk) return tl::make_unexpected(chunk.error());
    if (!*chunk) return {};
    const Rows rows(chunk->get());
    for (std::size_t i = 0; i < rows.size(); ++i) f(rows, i);
  }
}

}  // namespace wayside::duck
