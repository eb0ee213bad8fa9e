#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "hub/store/store.hpp"
#include "table/table_writer.hpp"

/// Series as rows and columns, for charts with one axis and for files.
namespace wayside::hub::api {

/// Several series over the same times.
struct SeriesTable {
  struct Column {
    std::string name;  ///< of the series
    SeriesKind kind = SeriesKind::signal;
    std::string stat;            ///< `value`, or of a reduced table `min` or `max`
    std::vector<double> values;  ///< one a time; NaN: none there

    /// What a file calls it: `temp`, `temp.min`.
    [[nodiscard]] std::string title() const { return stat == "value" ? name : name + "." + stat; }
  };
  std::vector<Time> times;
  std::vector<Column> columns;
};

/// Aligned: with `request.points` the range is cut into points / 2 equal stretches, the same for
/// every series, whose beginnings are the times; each series has its lowest and its highest value
/// in each. Without, the times are those of all series, and of equal times in a series the last
/// counts. Stretches and times without any value are left out.
[[nodiscard]] SeriesTable align(const SeriesRequest& request,
                                const std::vector<SeriesData>& series);

/// `{"asset", "from", "to", "times", "columns": [{"name", "kind", "unit", "stat", "values"}]}`.
[[nodiscard]] std::string table_json(const SeriesRequest& request, const SeriesTable& table,
                                     const std::map<std::string, std::string>& units);
/// `time,temp.min,temp.max,…`: times in RFC 3339, an absent value is an empty field.
[[nodiscard]] std::string table_csv(const SeriesTable& table);
/// `time,name,kind,value`, a series after the other.
[[nodiscard]] std::string series_csv(const std::vector<SeriesData>& series);

/// The same as rows of a file.
[[nodiscard]] std::vector<table::Column> file_columns(const SeriesTable& table);
[[nodiscard]] Status write(const SeriesTable& table, table::TableWriter& out);
[[nodiscard]] std::vector<table::Column> series_file_columns();
[[nodiscard]] Status write(const std::vector<SeriesData>& series, table::TableWriter& out);

}  // namespace wayside::hub::api
