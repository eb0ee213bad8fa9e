#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::table {

enum class Type : std::uint8_t { text, integer, time, number, boolean };

struct Column {
  std::string name;
  Type type = Type::number;
};

/// What a file says of itself beside its rows: keys and texts.
using Metadata = std::map<std::string, std::string>;

inline constexpr std::size_t columns_max = 10'000;

/// Writes a file of typed columns row by row, and puts it in place, whole, at the end: one that was
/// not finished leaves nothing behind. Not thread-safe.
///
///   writer.set_text(0, "pump-1");
///   if (Status ok = writer.end_row(); !ok) return ok;
///   …
///   return writer.finish();
class TableWriter {
 public:
  virtual ~TableWriter() = default;

  /// A cell of the present row; the column must have that type. One that is not set is null.
  virtual void set_text(std::size_t column, std::string_view value) = 0;
  virtual void set_integer(std::size_t column, std::int64_t value) = 0;
  virtual void set_time(std::size_t column, Time value) = 0;
  /// NaN is null.
  virtual void set_number(std::size_t column, double value) = 0;
  virtual void set_boolean(std::size_t column, bool value) = 0;

  /// Errors: `io`, `full` (disk).
  [[nodiscard]] virtual Status end_row() = 0;
  /// Errors: as `end_row`. Nothing may be written afterwards.
  [[nodiscard]] virtual Status finish() = 0;
};

/// CSV (RFC 4180) with a header; null is an empty field, numbers read back exactly, times are epoch
/// nanoseconds. The metadata stands beside it as a JSON object in PATH.json, written first.
/// Errors: `invalid` (two columns of one name, none, too many), `io`, `full`.
[[nodiscard]] Result<std::unique_ptr<TableWriter>> create_csv(const std::string& path,
                                                              const std::vector<Column>& columns,
                                                              const Metadata& metadata);

/// What every writer asks of its columns.
[[nodiscard]] Status check_columns(const std::vector<Column>& columns);

}  // namespace wayside::table
