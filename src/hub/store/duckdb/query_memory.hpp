#pragma once

#include <cstdint>
#include <string>

#include "base/duckdb/handles.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// What the queries at work hold in memory, together: DuckDB bounds a database as a whole, and a
/// commit that found the memory taken by questions would fail.
class QueryMemory {
 public:
  [[nodiscard]] static Result<QueryMemory> open(duckdb_database database, std::uint64_t bytes_max);
  /// False where it cannot be found out.
  [[nodiscard]] bool exceeded();

 private:
  Connection connection_;
  std::uint64_t bytes_max_ = 0;
};

}  // namespace wayside::hub::duck
