#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "table/table_writer.hpp"

namespace wayside::table {

/// Reads a file of typed columns row by row, in its order. Not thread-safe.
class TableReader {
 public:
  virtual ~TableReader() = default;

  [[nodiscard]] virtual const std::vector<Column>& columns() const = 0;
  [[nodiscard]] virtual const Metadata& metadata() const = 0;
  /// Moves on to the next row; false at the end. Errors: `io`, `invalid` (a cell that is not of its
  /// column's type).
  [[nodiscard]] virtual Result<bool> next() = 0;

  /// A cell of the present row; the column must have that type.
  [[nodiscard]] virtual bool is_null(std::size_t column) const = 0;
  /// Empty for null.
  [[nodiscard]] virtual std::string text(std::size_t column) const = 0;
  /// Of a column of whole numbers or of times, which are epoch nanoseconds.
  [[nodiscard]] virtual std::int64_t integer(std::size_t column) const = 0;
  /// Of a column of numbers or of whole numbers; NaN for null.
  [[nodiscard]] virtual double number(std::size_t column) const = 0;
  [[nodiscard]] virtual bool boolean(std::size_t column) const = 0;
};

}  // namespace wayside::table
