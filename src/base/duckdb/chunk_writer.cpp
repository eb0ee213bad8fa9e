#include "base/duckdb/chunk_writer.hpp"

#include <fmt/format.h>
#include <cmath>

namespace wayside::duck {
namespace {

Error appender_error(duckdb_appender appender) {
  duckdb_error_data data = duckdb_appender_error_data(appender);
  Error error = to_error(duckdb_error_data_error_type(data), duckdb_error_data_message(data));
  duckdb_destroy_error_data(&data);
  return error;
}

}  // namespace

Result<ChunkWriter> ChunkWriter::to_table(Connection& connection, const char* table) {
  ChunkWriter writer;
  if (duckdb_appender_create(connection.get(), nullptr, table, writer.appender_.out()) !=
      DuckDBSuccess)
    return tl::make_unexpected(appender_error(writer.appender_.get()));
  const Status ready = writer.set_up();
  if (!ready) return tl::make_unexpected(ready.error());
  return writer;
}

Result<ChunkWriter> ChunkWriter::to_query(Connection& connection, const char* query,
                                          const char* table) {
  auto like = to_table(connection, table);
  if (!like) return like;
  const idx_t count = duckdb_appender_column_count(like->appender_.get());
  std::vector<TypeHandle> types(count);
  std::vector<duckdb_logical_type> raw(count);
  for (idx_t i = 0; i < count; ++i)
    raw[i] = *types[i].out() = duckdb_appender_column_type(like->appender_.get(), i);
  auto shape = connection.rows(fmt::format("SELECT * FROM {} LIMIT 0", table));
  if (!shape) return tl::make_unexpected(shape.error());
  std::vector<const char*> names(count);
  for (idx_t i = 0; i < count; ++i) names[i] = duckdb_column_name(&shape->get(), i);
  ChunkWriter writer;
  if (duckdb_appender_create_query(connection.get(), query, count, raw.data(), nullptr,
                                   names.data(), writer.appender_.out()) != DuckDBSuccess)
    return tl::make_unexpected(appender_error(writer.appender_.get()));
  const Status ready = writer.set_up();
  if (!ready) return tl::make_unexpected(ready.error());
  return writer;
}

Status ChunkWriter::set_up() {
  const idx_t count = duckdb_appender_column_count(appender_.get());
  std::vector<TypeHandle> types(count);
  std::vector<duckdb_logical_type> raw(count);
  for (idx_t i = 0; i < count; ++i)
    raw[i] = *types[i].out() = duckdb_appender_column_type(appender_.get(), i);
  *chunk_.out() = duckdb_create_data_chunk(raw.data(), count);
  if (!chunk_) return fail(Errc::io, "DuckDB gave no chunk");
  capacity_ = duckdb_vector_size();
  data_.resize(count);
  take_columns();
  return {};
}

void ChunkWriter::take_columns() {
  for (std::size_t i = 0; i < data_.size(); ++i)
    data_[i] = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_.get(), i));
}

void ChunkWriter::set_text(std::size_t i, std::string_view text) {
  duckdb_vector_assign_string_element_len(duckdb_data_chunk_get_vector(chunk_.get(), i), rows_,
                                          text.data(), text.size());
}

void ChunkWriter::set_null(std::size_t i, std::size_t row_ahead) {
  duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_.get(), i);
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), rows_ + row_ahead);
}

void ChunkWriter::set_number(std::size_t i, double value) {
  set(i, value);
  if (!std::isfinite(value)) set_null(i);
}

Status ChunkWriter::end_rows(std::size_t n) {
  rows_ += n;
  return rows_ == capacity_ ? send() : Status{};
}

Status ChunkWriter::send() {
  if (rows_ == 0) return {};
  duckdb_data_chunk_set_size(chunk_.get(), rows_);
  if (duckdb_append_data_chunk(appender_.get(), chunk_.get()) != DuckDBSuccess)
    return tl::make_unexpected(appender_error(appender_.get()));
  duckdb_data_chunk_reset(chunk_.get());
  take_columns();
  rows_ = 0;
  return {};
}

Status ChunkWriter::finish() {
  if (const Status sent = send(); !sent) return sent;
  if (duckdb_appender_close(appender_.get()) != DuckDBSuccess)
    return tl::make_unexpected(appender_error(appender_.get()));
  return {};
}

}  // namespace wayside::duck
