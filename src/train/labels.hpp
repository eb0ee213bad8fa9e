#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "table/csv_reader.hpp"
#include "table/table_writer.hpp"

namespace wayside::train {

/// What is known of assets at moments: labels.csv, with the columns `asset`, `time` (epoch
/// nanoseconds or RFC 3339) and any others, which are the labels. A column whose texts are all
/// numbers holds numbers; an empty text is a missing label.
struct Labels {
  static constexpr std::size_t rows_max = 5'000'000;
  static constexpr std::size_t mistakes_max = 20;

  struct Row {
    Time time;
    std::vector<std::string> values;  ///< one for each column
  };
  std::vector<table::Column> columns;            ///< texts and numbers
  std::map<std::string, std::vector<Row>> rows;  ///< by asset, ordered by time, equal times as read
  std::size_t size = 0;

  /// The moments of the first and the last row; there is at least one.
  [[nodiscard]] Time first() const;
  [[nodiscard]] Time last() const;
  /// Sets the cells of one row from `column` on.
  void write(const Row& row, std::size_t column, table::TableWriter& writer) const;
};

/// Errors: `invalid`, a line for each mistake with its number in `name`; `full` for more than
/// Labels::rows_max rows.
[[nodiscard]] Result<Labels> read_labels(table::CsvReader reader, const std::string& name);

}  // namespace wayside::train
