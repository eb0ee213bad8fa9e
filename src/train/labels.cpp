#include "train/labels.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace wayside::train {
namespace {

using Fields = std::vector<std::string_view>;

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// Where the header's columns stand.
struct Header {
  std::size_t asset = 0, time = 0;
  std::vector<std::size_t> labels;
  std::size_t columns = 0;
};

Result<Header> read_header(const Fields& fields, const std::string& name, Labels& labels) {
  Header header;
  header.columns = fields.size();
  bool has_asset = false;
  bool has_time = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::string_view field = fields[i];
    if (i == 0 && field.starts_with("\xEF\xBB\xBF")) field.remove_prefix(3);
    if (field == "asset") {
      header.asset = i;
      has_asset = true;
    } else if (field == "time") {
      header.time = i;
      has_time = true;
    } else {
      header.labels.push_back(i);
      labels.columns.push_back({std::string(field), table::Type::number});
    }
  }
  if (has_asset && has_time) return header;
  return fail(Errc::invalid, "{}:1: no column '{}': expected asset,time and the labels", name,
              has_asset ? "time" : "asset");
}

/// A mistake, or empty.
std::string read_row(const Fields& fields, const Header& header, Labels& labels) {
  if (fields.size() != header.columns)
    return fmt::format("{} fields, expected {}", fields.size(), header.columns);
  if (fields[header.asset].empty()) return "asset: empty";
  const auto time = parse_time(fields[header.time], EpochUnit::ns);
  if (!time) return "time: " + time.error().message;
  Labels::Row row{*time, {}};
  for (std::size_t i = 0; i < header.labels.size(); ++i) {
    const std::string_view text = fields[header.labels[i]];
    if (!text.empty() && !number_of(text)) labels.columns[i].type = table::Type::text;
    row.values.emplace_back(text);
  }
  labels.rows[std::string(fields[header.asset])].push_back(std::move(row));
  ++labels.size;
  return {};
}

}  // namespace

Time Labels::first() const {
  Time first = Time::max();
  for (const auto& [asset, list] : rows) first = std::min(first, list.front().time);
  return first;
}

Time Labels::last() const {
  Time last = Time::min();
  for (const auto& [asset, list] : rows) last = std::max(last, list.back().time);
  return last;
}

void Labels::write(const Row& row, std::size_t column, table::TableWriter& writer) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (row.values[i].empty()) continue;
    if (columns[i].type == table::Type::text)
      writer.set_text(column + i, row.values[i]);
    else
      writer.set_number(column + i, *number_of(row.values[i]));
  }
}

Result<Labels> read_labels(table::CsvReader reader, const std::string& name) {
  Labels labels;
  std::optional<Header> header;
  std::vector<std::string> mistakes;
  while (mistakes.size() < Labels::mistakes_max) {
    const auto fields = reader.next();
    if (!fields) return fail_in(name, fields.error());
    if (*fields == nullptr) break;
    if (!header) {
      auto read = read_header(**fields, name, labels);
      if (!read) return tl::make_unexpected(read.error());
      header = std::move(*read);
      continue;
    }
    if (const std::string mistake = read_row(**fields, *header, labels); !mistake.empty())
      mistakes.push_back(fmt::format("{}:{}: {}", name, reader.line(), mistake));
    if (labels.size > Labels::rows_max)
      return fail(Errc::full, "{}: more than {} rows", name, Labels::rows_max);
  }
  if (!mistakes.empty()) return fail(Errc::invalid, "{}", fmt::join(mistakes, "\n"));
  if (labels.size == 0) return fail(Errc::invalid, "{}: no labels", name);
  for (auto& [asset, rows] : labels.rows)
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Labels::Row& a, const Labels::Row& b) { return a.time < b.time; });
  return labels;
}

}  // namespace wayside::train
