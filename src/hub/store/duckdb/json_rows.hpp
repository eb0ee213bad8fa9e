#pragma once

#include <string>
#include <vector>

#include "base/duckdb/handles.hpp"
#include "base/result.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// Writes rows of any of DuckDB's types as JSON arrays. Numbers are numbers as far as a double
/// holds them exactly, else text; times are RFC 3339 in UTC; intervals are ISO 8601 durations;
/// lists and structs are arrays and objects; bytes are hexadecimal text.
class JsonRows {
 public:
  /// Errors: `invalid` for a column of a type without a JSON form.
  [[nodiscard]] static Result<JsonRows> of(duckdb_result& result);
  /// `INTEGER`, `TIMESTAMP_NS`, `DECIMAL(18,3)`, `VARCHAR[]`, …
  [[nodiscard]] const std::vector<std::string>& type_names() const { return names_; }
  /// False, and nothing written, where the row would make `out` longer than `bytes_max`, but for a
  /// few bytes.
  [[nodiscard]] bool append(duckdb_data_chunk chunk, std::size_t row, std::string& out,
                            std::size_t bytes_max) const;

 private:
  std::vector<std::string> names_;
  std::size_t columns_ = 0;
};

}  // namespace wayside::hub::duck
