#include <fmt/format.h>
#include <utility>

#include "base/assert.hpp"
#include "base/duckdb/chunk_writer.hpp"
#include "base/os/atomic_file.hpp"
#include "table/duckdb/duckdb_table.hpp"
#include "table/duckdb/table_file.hpp"

namespace wayside::table {
namespace {

const char* sql_type(Type type) {
  switch (type) {
    case Type::text:
      return "VARCHAR";
    case Type::integer:
      return "BIGINT";
    case Type::time:
      return "TIMESTAMP_NS";
    case Type::number:
      return "DOUBLE";
    case Type::boolean:
      return "BOOLEAN";
  }
  return "VARCHAR";
}

std::string create_sql(const std::vector<Column>& columns) {
  std::string list;
  for (const Column& column : columns)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", sql_quoted(column.name, '"'),
                        sql_type(column.type));
  return fmt::format("CREATE TABLE wayside_rows ({})", list);
}

std::string copy_sql(const std::string& path, const Metadata& metadata) {
  std::string pairs;
  for (const auto& [key, value] : metadata)
    pairs += fmt::format("{}{}: {}", pairs.empty() ? "" : ", ", sql_quoted(key, '\''),
                         sql_quoted(value, '\''));
  return fmt::format(
      "COPY wayside_rows TO {} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false{})",
      sql_quoted(path, '\''), pairs.empty() ? "" : fmt::format(", KV_METADATA {{{}}}", pairs));
}

class ParquetWriter final : public TableWriter {
 public:
  ParquetWriter(os::AtomicFile file, const std::vector<Column>& columns, const Metadata& metadata)
      : file_(std::move(file)), columns_(columns), metadata_(metadata), set_(columns.size()) {}

  Status open() {
    auto database = open_scratch_database(file_.temporary() + ".spill");
    if (!database) return tl::make_unexpected(database.error());
    database_ = std::move(*database);
    auto connection = duck::Connection::open(database_.get());
    if (!connection) return tl::make_unexpected(connection.error());
    connection_ = std::move(*connection);
    if (const Status created = connection_.run(create_sql(columns_)); !created) return created;
    auto rows = duck::ChunkWriter::to_table(connection_, "wayside_rows");
    if (!rows) return tl::make_unexpected(rows.error());
    rows_ = std::move(*rows);
    return {};
  }

  void set_text(std::size_t column, std::string_view value) override {
    mark(column, Type::text);
    rows_.set_text(column, value);
  }
  void set_integer(std::size_t column, std::int64_t value) override {
    mark(column, Type::integer);
    rows_.set(column, value);
  }
  void set_time(std::size_t column, Time value) override {
    mark(column, Type::time);
    rows_.set(column, value.ns);
  }
  void set_number(std::size_t column, double value) override {
    if (value != value) return;
    mark(column, Type::number);
    rows_.set(column, value);
  }
  void set_boolean(std::size_t column, bool value) override {
    mark(column, Type::boolean);
    rows_.set(column, value);
  }

  Status end_row() override {
    for (std::size_t i = 0; i < set_.size(); ++i)
      if (!set_[i]) rows_.set_null(i);
    set_.assign(set_.size(), false);
    return in_file(rows_.end_row());
  }

  Status finish() override {
    if (const Status flushed = in_file(rows_.finish()); !flushed) return flushed;
    if (const Status copied = in_file(connection_.run(copy_sql(file_.temporary(), metadata_)));
        !copied)
      return copied;
    return file_.put_in_place();
  }

 private:
  void mark(std::size_t column, Type type) {
    WAYSIDE_ASSERT(columns_[column].type == type, "a cell of another type than its column");
    set_[column] = true;
  }
  [[nodiscard]] Status in_file(const Status& status) const {
    if (status) return status;
    return fail_in(file_.path(), status.error());
  }

  os::AtomicFile file_;
  std::vector<Column> columns_;
  Metadata metadata_;
  std::vector<bool> set_;  ///< of the present row
  duck::DatabaseHandle database_;
  duck::Connection connection_;
  duck::ChunkWriter rows_;
};

}  // namespace

Result<std::unique_ptr<TableWriter>> create_parquet(const std::string& path,
                                                    const std::vector<Column>& columns,
                                                    const Metadata& metadata) {
  if (const Status fit = check_columns(columns); !fit) return tl::make_unexpected(fit.error());
  auto file = os::AtomicFile::create(path);
  if (!file) return tl::make_unexpected(file.error());
  auto writer = std::make_unique<ParquetWriter>(std::move(*file), columns, metadata);
  if (const Status opened = writer->open(); !opened) return tl::make_unexpected(opened.error());
  return std::unique_ptr<TableWriter>(std::move(writer));
}

Result<std::unique_ptr<TableWriter>> create_table_file(const std::string& path,
                                                       const std::vector<Column>& columns,
                                                       const Metadata& metadata) {
  if (path.ends_with(".parquet")) return create_parquet(path, columns, metadata);
  if (path.ends_with(".csv")) return create_csv(path, columns, metadata);
  return fail(Errc::invalid, "{}: a table's file ends in .parquet or .csv", path);
}

}  // namespace wayside::table
