#include "hub/api/series_table.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "hub/json_text.hpp"
#include "hub/store/reducer.hpp"
#include "table/csv_text.hpp"

namespace wayside::hub::api {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view line_end = "\r\n";

/// Where a stretch begins: the first time that `stretch_of` puts into it.
Time begin_of(std::size_t stretch, const SeriesRequest& request, std::size_t count) {
  const auto span = static_cast<__int128>(request.to.ns) - request.from.ns + 1;
  const auto offset = (static_cast<__int128>(stretch) * span + static_cast<__int128>(count) - 1) /
                      static_cast<__int128>(count);
  return {static_cast<std::int64_t>(request.from.ns + offset)};
}

SeriesTable reduced(const SeriesRequest& request, const std::vector<SeriesData>& series) {
  const std::size_t count = std::max<std::size_t>(1, request.points / 2);
  std::vector<bool> used(count, false);
  SeriesTable table;
  for (const SeriesData& s : series) {
    SeriesTable::Column low{s.name, s.kind, "min", std::vector<double>(count, nothing)};
    SeriesTable::Column high{s.name, s.kind, "max", std::vector<double>(count, nothing)};
    for (std::size_t i = 0; i < s.times.size(); ++i) {
      const std::size_t at = stretch_of(s.times[i], request.from, request.to, count);
      used[at] = true;
      // Neither takes a NaN where there is a number.
      low.values[at] = std::fmin(low.values[at], s.values[i]);
      high.values[at] = std::fmax(high.values[at], s.values[i]);
    }
    table.columns.push_back(std::move(low));
    table.columns.push_back(std::move(high));
  }
  for (std::size_t i = 0; i < count; ++i)
    if (used[i]) table.times.push_back(begin_of(i, request, count));
  for (SeriesTable::Column& column : table.columns) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (used[i]) column.values[kept++] = column.values[i];
    column.values.resize(kept);
  }
  return table;
}

SeriesTable whole(const std::vector<SeriesData>& series) {
  std::map<Time, std::size_t> rows;
  for (const SeriesData& s : series)
    for (const Time time : s.times) rows.emplace(time, 0);
  SeriesTable table;
  for (auto& [time, row] : rows) {
    row = table.times.size();
    table.times.push_back(time);
  }
  for (const SeriesData& s : series) {
    SeriesTable::Column column{s.name, s.kind, "value", std::vector<double>(rows.size(), nothing)};
    for (std::size_t i = 0; i < s.times.size(); ++i) column.values[rows[s.times[i]]] = s.values[i];
    table.columns.push_back(std::move(column));
  }
  return table;
}

void append_value(std::string& out, double value) {
  if (!std::isnan(value)) table::append_number(out, value);
}

template <class Values, class Append>
void append_array(std::string& out, const Values& values, Append&& append) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    append(out, values[i]);
  }
  out += ']';
}

}  // namespace

SeriesTable align(const SeriesRequest& request, const std::vector<SeriesData>& series) {
  return request.points > 0 ? reduced(request, series) : whole(series);
}

std::string table_json(const SeriesRequest& request, const SeriesTable& table,
                       const std::map<std::string, std::string>& units) {
  std::string out = "{\"asset\":";
  append_json_string(out, request.asset);
  out += ",\"from\":";
  append_json_number(out, request.from.milliseconds());
  out += ",\"to\":";
  append_json_number(out, request.to.milliseconds());
  out += ",\"times\":";
  append_array(out, table.times,
               [](std::string& to, Time time) { append_json_number(to, time.milliseconds()); });
  out += ",\"columns\":";
  append_array(out, table.columns, [&](std::string& to, const SeriesTable::Column& column) {
    to += "{\"name\":";
    append_json_string(to, column.name);
    to += fmt::format(",\"kind\":\"{}\",\"unit\":", to_string(column.kind));
    const auto unit = units.find(column.name);
    append_json_string(to, unit != units.end() ? unit->second : "");
    to += fmt::format(",\"stat\":\"{}\",\"values\":", column.stat);
    append_array(to, column.values, append_json_number);
    to += '}';
  });
  return out + '}';
}

std::string table_csv(const SeriesTable& table) {
  std::string out = "time";
  for (const SeriesTable::Column& column : table.columns) {
    out += ',';
    table::append_field(out, column.title());
  }
  out += line_end;
  for (std::size_t i = 0; i < table.times.size(); ++i) {
    out += format_time(table.times[i]);
    for (const SeriesTable::Column& column : table.columns) {
      out += ',';
      append_value(out, column.values[i]);
    }
    out += line_end;
  }
  return out;
}

std::string series_csv(const std::vector<SeriesData>& series) {
  std::string out = "time,name,kind,value";
  out += line_end;
  for (const SeriesData& s : series) {
    std::string middle = ",";
    table::append_field(middle, s.name);
    middle += fmt::format(",{},", to_string(s.kind));
    for (std::size_t i = 0; i < s.times.size(); ++i) {
      out += format_time(s.times[i]);
      out += middle;
      append_value(out, s.values[i]);
      out += line_end;
    }
  }
  return out;
}

std::vector<table::Column> file_columns(const SeriesTable& table) {
  std::vector<table::Column> columns{{"time", table::Type::time}};
  for (const SeriesTable::Column& column : table.columns) columns.push_back({column.title()});
  return columns;
}

Status write(const SeriesTable& table, table::TableWriter& out) {
  for (std::size_t i = 0; i < table.times.size(); ++i) {
    out.set_time(0, table.times[i]);
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      out.set_number(c + 1, table.columns[c].values[i]);
    if (const Status ended = out.end_row(); !ended) return ended;
  }
  return out.finish();
}

std::vector<table::Column> series_file_columns() {
  return {{"time", table::Type::time},
          {"name", table::Type::text},
          {"kind", table::Type::text},
          {"value", table::Type::number}};
}

Status write(const std::vector<SeriesData>& series, table::TableWriter& out) {
  for (const SeriesData& s : series) {
    for (std::size_t i = 0; i < s.times.size(); ++i) {
      out.set_time(0, s.times[i]);
      out.set_text(1, s.name);
      out.set_text(2, to_string(s.kind));
      out.set_number(3, s.values[i]);
      if (const Status ended = out.end_row(); !ended) return ended;
    }
  }
  return out.finish();
}

}  // namespace wayside::hub::api
