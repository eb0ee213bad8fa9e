#include "hub/store/duckdb/query_memory.hpp"

namespace wayside::hub::duck {
namespace {

// Pages of tables and files are given back when others need room; what is listed here is not.
constexpr const char* in_use =
    "SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory() WHERE tag IN "
    "('HASH_TABLE', 'ORDER_BY', 'COLUMN_DATA', 'ALLOCATOR', 'WINDOW', 'OVERFLOW_STRINGS', "
    "'PARQUET_READER')";

}  // namespace

Result<QueryMemory> QueryMemory::open(duckdb_database database, std::uint64_t bytes_max) {
  auto connection = Connection::open(database);
  if (!connection) return tl::make_unexpected(connection.error());
  QueryMemory memory;
  memory.connection_ = std::move(*connection);
  memory.bytes_max_ = bytes_max;
  return memory;
}

bool QueryMemory::exceeded() {
  auto result = connection_.rows(in_use);
  if (!result) return false;
  std::int64_t bytes = 0;
  const Status read = for_each_row(
      *result, [&](const Rows& rows, std::size_t i) { bytes = rows.value<std::int64_t>(0, i); });
  return read && static_cast<std::uint64_t>(bytes) > bytes_max_;
}

}  // namespace wayside::hub::duck
