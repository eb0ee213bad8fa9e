#include "base/duckdb/handles.hpp"

#include <string_view>

namespace wayside::duck {
namespace {

Errc code_of(duckdb_error_type type) {
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return Errc::full;
    case DUCKDB_ERROR_INTERRUPT:
      return Errc::timeout;
    case DUCKDB_ERROR_PERMISSION:
      return Errc::refused;
    case DUCKDB_ERROR_TRANSACTION:
    case DUCKDB_ERROR_CONNECTION:
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_INTERNAL:
      return Errc::io;
    default:
      return Errc::invalid;
  }
}

/// A failed preparation comes without a type; its message begins with it.
Error prepare_error(const char* message) {
  const std::string_view text = message ? message : "";
  duckdb_error_type type = DUCKDB_ERROR_INVALID;
  if (text.starts_with("IO Error")) type = DUCKDB_ERROR_IO;
  if (text.starts_with("FATAL Error")) type = DUCKDB_ERROR_FATAL;
  if (text.starts_with("INTERNAL Error")) type = DUCKDB_ERROR_INTERNAL;
  if (text.starts_with("TransactionContext Error")) type = DUCKDB_ERROR_TRANSACTION;
  if (text.starts_with("INTERRUPT Error")) type = DUCKDB_ERROR_INTERRUPT;
  if (text.starts_with("Out of Memory Error")) type = DUCKDB_ERROR_OUT_OF_MEMORY;
  return to_error(type, message);
}

}  // namespace

Error to_error(duckdb_error_type type, const char* message) {
  Error error{code_of(type), message ? message : "DuckDB gave no reason"};
  // An interrupt between two of DuckDB's steps comes inside of what the second says of the first.
  if (error.message.find("INTERRUPT Error: ") != std::string::npos) error.code = Errc::timeout;
  if (error.code == Errc::io) {
    const bool no_room = error.message.find("No space left") != std::string::npos ||
                         error.message.find("File too large") != std::string::npos;
    if (no_room) error.code = Errc::full;
    error.message = error.message.substr(0, error.message.find('\n'));
  }
  while (!error.message.empty() && (error.message.back() == '\n' || error.message.back() == '.'))
    error.message.pop_back();
  return error;
}

Error ResultHandle::error() {
  return to_error(duckdb_result_error_type(&result_), duckdb_result_error(&result_));
}

Result<ChunkHandle> ResultHandle::fetch() {
  ChunkHandle chunk;
  *chunk.out() = duckdb_fetch_chunk(result_);
  // An error while streaming gives no chunk, like the end; only the error tells them apart.
  if (!chunk && duckdb_result_error(&result_) != nullptr) return tl::make_unexpected(error());
  if (chunk && duckdb_data_chunk_get_size(chunk.get()) == 0) chunk.reset();
  return chunk;
}

Result<Connection> Connection::open(duckdb_database database) {
  Connection connection;
  if (duckdb_connect(database, connection.handle_.out()) != DuckDBSuccess)
    return fail(Errc::io, "DuckDB gave no connection");
  return connection;
}

Status Connection::run(const std::string& sql) {
  ResultHandle result;
  if (duckdb_query(handle_.get(), sql.c_str(), result.out()) == DuckDBSuccess) return {};
  return tl::make_unexpected(result.error());
}

Result<ResultHandle> Connection::rows(const std::string& sql,
                                      const std::vector<Parameter>& parameters) {
  PreparedHandle prepared;
  if (duckdb_prepare(handle_.get(), sql.c_str(), prepared.out()) != DuckDBSuccess)
    return tl::make_unexpected(prepare_error(duckdb_prepare_error(prepared.get())));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& p = parameters[i];
    if (p.type == Parameter::Type::text) {
      duckdb_bind_varchar_length(prepared.get(), i + 1, p.text.data(), p.text.size());
    } else if (p.type == Parameter::Type::integer) {
      duckdb_bind_int64(prepared.get(), i + 1, p.integer);
    } else {
      duckdb_value value = duckdb_create_timestamp_ns({p.integer});
      duckdb_bind_value(prepared.get(), i + 1, value);
      duckdb_destroy_value(&value);
    }
  }
  ResultHandle result;
  PendingHandle pending;
  if (duckdb_pending_prepared_streaming(prepared.get(), pending.out()) != DuckDBSuccess)
    return tl::make_unexpected(prepare_error(duckdb_pending_error(pending.get())));
  if (duckdb_execute_pending(pending.get(), result.out()) != DuckDBSuccess)
    return tl::make_unexpected(result.error());
  return result;
}

bool Rows::is_null(std::size_t column, std::size_t row) const {
  std::uint64_t* validity = duckdb_vector_get_validity(vector(column));
  return validity != nullptr && !duckdb_validity_row_is_valid(validity, row);
}

std::string Rows::text(std::size_t column, std::size_t row) const {
  if (is_null(column, row)) return {};
  auto value = this->value<duckdb_string_t>(column, row);
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

}  // namespace wayside::duck
