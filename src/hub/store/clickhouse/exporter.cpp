#include "hub/store/clickhouse/exporter.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "table/csv_text.hpp"

namespace wayside::hub::click {
namespace {

namespace fs = std::filesystem;
using Kind = Type::Kind;

constexpr Duration export_timeout = hours(2);

/// The column that `ExportRequest::names` are of.
std::string_view name_column(RecordKind kind) {
  switch (kind) {
    case RecordKind::samples:
    case RecordKind::downsampled:
      return "signal";
    case RecordKind::features:
      return "name";
    case RecordKind::decisions:
      return "model";
    case RecordKind::events:
      return "kind";
    case RecordKind::health:
      return "metric";
  }
  return "";
}

std::string one_of(std::string_view column, const std::vector<std::string>& values) {
  if (values.empty()) return {};
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + quote(value);
  return fmt::format(" AND {} IN ({})", column, list);
}

Result<std::string> select_for(const Database& database, const Snapshot& snapshot,
                               const ExportRequest& request) {
  const UserTable* table = find_user_table(to_string(request.kind));
  const bool health = request.kind == RecordKind::health;
  if (health && !request.assets.empty())
    return fail(Errc::invalid, "health is of nodes: it has no assets to choose");
  const std::string_view name = name_column(request.kind);
  const std::string condition = fmt::format(
      "{} AND time >= {} AND time <= {}{}{}", snapshot.where(table->rows), request.from.ns,
      request.to.ns, health ? "" : one_of("asset", request.assets), one_of(name, request.names));
  return fmt::format("{} ORDER BY {}, {}, time{}", select_of(*table, database.layout(), condition),
                     health ? "node" : "asset", name, table->group.empty() ? ", commit" : "");
}

bool is_time(const std::string& column, const Type& type) {
  return type.kind == Kind::int64 && (column == "time" || column.ends_with("_time"));
}

double number_at(const Values& values, std::size_t row) {
  switch (values.type.kind) {
    case Kind::float64:
      return values.at<double>(row);
    case Kind::uint32:
      return values.at<std::uint32_t>(row);
    case Kind::uint64:
      return static_cast<double>(values.at<std::uint64_t>(row));
    default:
      return static_cast<double>(values.at<std::int64_t>(row));
  }
}

std::string_view text_at(const Values& values, std::size_t row) {
  if (values.type.kind == Kind::text) return values.texts[row];
  const std::int64_t number = values.at<std::int8_t>(row);
  for (const auto& [value, name] : values.type.names)
    if (value == number) return name;
  return {};
}

bool is_text(const Type& type) {
  return type.kind == Kind::text || type.kind == Kind::enumeration;
}

/// Rows with a header; times in RFC 3339, null as nothing.
class CsvFile {
 public:
  CsvFile(const std::string& path, const std::vector<table::Column>& columns)
      : out_(path, std::ios::binary) {
    std::string text;
    for (const table::Column& column : columns) {
      if (!text.empty()) text += ',';
      table::append_field(text, column.name);
    }
    out_ << text << '\n';
  }

  Status add(const Block& block) {
    std::string text;
    for (std::size_t row = 0; row < block.rows; ++row) {
      for (std::size_t i = 0; i < block.columns.size(); ++i) {
        if (i > 0) text += ',';
        append(text, block.columns[i], row);
      }
      text += '\n';
    }
    out_.write(text.data(), static_cast<std::streamsize>(text.size()));
    return out_ ? Status{} : Status{fail(Errc::full, "an export finds no room on the hub's disk")};
  }
  Status finish() {
    out_.flush();
    return out_ ? Status{} : Status{fail(Errc::full, "an export finds no room on the hub's disk")};
  }

 private:
  static void append(std::string& text, const Block::Column& column, std::size_t row) {
    const bool nullable = column.values.type.kind == Kind::nullable;
    if (nullable && column.values.is_null(row)) return;
    const Values& values = nullable ? column.values.parts[0] : column.values;
    if (is_text(values.type))
      table::append_field(text, text_at(values, row));
    else if (is_time(column.name, values.type))
      text += format_time({values.at<std::int64_t>(row)});
    else if (values.type.kind == Kind::float64)
      table::append_number(text, values.at<double>(row));
    else
      table::append_integer(text, static_cast<std::int64_t>(number_at(values, row)));
  }

  std::ofstream out_;
};

/// Of what `ask` selects, whether it has rows or not.
Result<std::vector<table::Column>> columns_of(const Database& database, const Ask& ask) {
  Ask question = ask;
  question.sql = "DESCRIBE TABLE (" + ask.sql + ")";
  const auto rows = database.first().select(question);
  if (!rows) return tl::make_unexpected(rows.error());
  std::vector<table::Column> columns;
  Status read;
  rows->each([&](const Block& block, std::size_t i) {
    const std::string name = block.text(0, i);
    auto type = parse_type(block.text(1, i));
    if (!type) {
      read = tl::make_unexpected(type.error());
      return;
    }
    if (type->kind == Kind::nullable) type = Type(type->parts[0]);
    columns.push_back({name, is_text(*type)                ? table::Type::text
                             : is_time(name, *type)        ? table::Type::time
                             : type->kind == Kind::float64 ? table::Type::number
                                                           : table::Type::integer});
  });
  if (!read) return tl::make_unexpected(read.error());
  return columns;
}

Status add_rows(table::TableWriter& writer, const Block& block) {
  for (std::size_t row = 0; row < block.rows; ++row) {
    for (std::size_t i = 0; i < block.columns.size(); ++i) {
      const Block::Column& column = block.columns[i];
      const bool nullable = column.values.type.kind == Kind::nullable;
      if (nullable && column.values.is_null(row)) continue;
      const Values& values = nullable ? column.values.parts[0] : column.values;
      if (is_text(values.type))
        writer.set_text(i, text_at(values, row));
      else if (is_time(column.name, values.type))
        writer.set_time(i, {values.at<std::int64_t>(row)});
      else if (values.type.kind == Kind::float64)
        writer.set_number(i, values.at<double>(row));
      else
        writer.set_integer(i, static_cast<std::int64_t>(number_at(values, row)));
    }
    if (const Status ended = writer.end_row(); !ended) return ended;
  }
  return {};
}

std::string new_path(const std::string& folder, ExportFormat format) {
  static std::atomic<int> number = 0;
  return fmt::format("{}/{}.{}", folder, ++number, to_string(format));
}

Status write_csv(const Database& database, const Ask& ask, ExportedFile& file) {
  const auto columns = columns_of(database, ask);
  if (!columns) return tl::make_unexpected(columns.error());
  CsvFile csv(file.path, *columns);
  const Status read = database.first().each_block(ask, [&](const Block& block) {
    file.rows += block.rows;
    return csv.add(block);
  });
  return read ? csv.finish() : read;
}

Status write_parquet(const Database& database, const Ask& ask, ExportedFile& file) {
  const auto& create = database.options().parquet;
  if (!create) return fail(Errc::unavailable, "this hub writes no Parquet: ask for CSV");
  const auto columns = columns_of(database, ask);
  if (!columns) return tl::make_unexpected(columns.error());
  const auto writer = create(file.path, *columns, {});
  if (!writer) return tl::make_unexpected(writer.error());
  const Status read = database.first().each_block(ask, [&](const Block& block) -> Status {
    file.rows += block.rows;
    return add_rows(**writer, block);
  });
  return read ? (*writer)->finish() : read;
}

}  // namespace

Status empty_exports(const Database& database) {
  const std::string& folder = database.options().exports;
  std::error_code error;
  if (!folder.empty()) fs::remove_all(folder, error);
  if (!folder.empty() && !error) fs::create_directories(folder, error);
  if (error) return fail(Errc::io, "{}: {}", folder, error.message());
  return {};
}

Result<ExportedFile> write_export(const Database& database, const Snapshot& snapshot,
                                  const ExportRequest& request) {
  const auto sql = select_for(database, snapshot, request);
  if (!sql) return tl::make_unexpected(sql.error());
  const Ask ask{*sql, database.for_reading(export_timeout), export_timeout};
  const std::string& folder = database.options().exports;
  if (folder.empty()) return fail(Errc::unavailable, "this hub has no folder for exports");
  ExportedFile file{new_path(folder, request.format), 0};
  const Status written = request.format == ExportFormat::csv ? write_csv(database, ask, file)
                                                             : write_parquet(database, ask, file);
  if (written) return file;
  std::error_code ignored;  // the file may never have been made
  fs::remove(file.path, ignored);
  return tl::make_unexpected(written.error());
}

Status write_export_line(const Database& database, const ExportLine& line) {
  return database.first().run(
      {fmt::format("INSERT INTO {} (time, who, remote, what, rows, bytes, digest) VALUES ({}, {}, "
                   "{}, {}, {}, {}, {})",
                   database.layout().of("export_rows"), line.time.ns, quote(line.by.who),
                   quote(line.by.remote), quote(line.what), line.rows, line.bytes,
                   quote(line.digest)),
       {},
       database.options().read_timeout});
}

Result<std::vector<ExportLine>> read_export_lines(const Database& database, std::size_t limit) {
  const auto rows = database.select(
      fmt::format("SELECT time, who, remote, what, rows, bytes, digest FROM {} ORDER BY time DESC "
                  "LIMIT {}",
                  database.layout().of("export_rows"), limit),
      database.options().read_timeout);
  if (!rows) return tl::make_unexpected(rows.error());
  std::vector<ExportLine> lines;
  rows->each([&](const Block& block, std::size_t i) {
    lines.push_back({{block.at<std::int64_t>(0, i)},
                     {block.text(1, i), block.text(2, i)},
                     block.text(3, i),
                     block.at<std::uint64_t>(4, i),
                     block.at<std::uint64_t>(5, i),
                     block.text(6, i)});
  });
  return lines;
}

}  // namespace wayside::hub::click
