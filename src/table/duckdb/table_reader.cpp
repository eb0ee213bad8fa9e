#include <fmt/format.h>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "table/duckdb/duckdb_table.hpp"
#include "table/duckdb/table_file.hpp"

namespace wayside::table {
namespace {

constexpr std::size_t sidecar_bytes_max = 16u << 20;

/// Our type for DuckDB's name of one, and what it is cast to.
std::optional<Type> type_of(std::string_view name) {
  if (name == "VARCHAR") return Type::text;
  if (name == "BOOLEAN") return Type::boolean;
  if (name.starts_with("TIMESTAMP")) return Type::time;
  if (name == "DOUBLE" || name == "FLOAT" || name.starts_with("DECIMAL")) return Type::number;
  for (const char* whole :
       {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
    if (name == whole) return Type::integer;
  return std::nullopt;
}

const char* cast_to(Type type) {
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

/// The JSON object of texts beside a CSV; empty where there is none.
Result<Metadata> read_sidecar(const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) return Metadata{};
  if (bytes > sidecar_bytes_max)
    return fail(Errc::invalid, "{}: larger than {} bytes", path, sidecar_bytes_max);
  std::ifstream in(path, std::ios::binary);
  const auto json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fail(Errc::invalid, "{}: not a JSON object", path);
  Metadata metadata;
  for (const auto& [key, value] : json.items())
    if (value.is_string()) metadata[key] = value.get<std::string>();
  return metadata;
}

class DuckdbTableReader final : public TableReader {
 public:
  Status open(const std::string& path) {
    const bool parquet = path.ends_with(".parquet");
    if (!parquet && !path.ends_with(".csv"))
      return fail(Errc::invalid, "{}: a table's file ends in .parquet or .csv", path);
    std::error_code error;
    if (!std::filesystem::exists(path, error))
      return fail(Errc::not_found, "{}: there is no such file", path);
    auto database = open_scratch_database("");
    if (!database) return tl::make_unexpected(database.error());
    database_ = std::move(*database);
    auto connection = duck::Connection::open(database_.get());
    if (!connection) return tl::make_unexpected(connection.error());
    connection_ = std::move(*connection);
    const std::string file = sql_quoted(path, '\'');
    Status read = parquet ? read_metadata(file) : Status{};
    if (!parquet) {
      auto metadata = read_sidecar(path + ".json");
      if (!metadata) return tl::make_unexpected(metadata.error());
      metadata_ = std::move(*metadata);
    }
    const std::string source = parquet ? fmt::format("read_parquet({})", file)
                                       : fmt::format(
                                             "read_csv({}, header = true, sample_size = -1, "
                                             "delim = ',', quote = '\"')",
                                             file);
    if (read) read = read_columns(source);
    if (read) read = begin(source);
    if (!read) return fail_in(path, read.error());
    return {};
  }

  const std::vector<Column>& columns() const override { return columns_; }
  const Metadata& metadata() const override { return metadata_; }

  Result<bool> next() override {
    if (chunk_ && ++row_ < duck::Rows(chunk_.get()).size()) return true;
    auto chunk = result_.fetch();
    if (!chunk) return tl::make_unexpected(chunk.error());
    chunk_ = std::move(*chunk);
    row_ = 0;
    return static_cast<bool>(chunk_);
  }

  bool is_null(std::size_t column) const override { return rows().is_null(column, row_); }
  std::string text(std::size_t column) const override { return rows().text(column, row_); }
  std::int64_t integer(std::size_t column) const override {
    return rows().value<std::int64_t>(column, row_);
  }
  double number(std::size_t column) const override {
    if (is_null(column)) return std::numeric_limits<double>::quiet_NaN();
    return columns_[column].type == Type::integer ? static_cast<double>(integer(column))
                                                  : rows().value<double>(column, row_);
  }
  bool boolean(std::size_t column) const override { return rows().value<bool>(column, row_); }

 private:
  [[nodiscard]] duck::Rows rows() const { return duck::Rows(chunk_.get()); }

  Status read_metadata(const std::string& file) {
    auto result = connection_.rows(
        fmt::format("SELECT decode(key), decode(value) FROM parquet_kv_metadata({})", file));
    if (!result) return tl::make_unexpected(result.error());
    return duck::for_each_row(*result, [&](const duck::Rows& rows, std::size_t i) {
      metadata_[rows.text(0, i)] = rows.text(1, i);
    });
  }

  Status read_columns(const std::string& source) {
    auto result = connection_.rows(
        fmt::format("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {})", source));
    if (!result) return tl::make_unexpected(result.error());
    std::string odd;
    const Status read = duck::for_each_row(*result, [&](const duck::Rows& rows, std::size_t i) {
      const auto type = type_of(rows.text(1, i));
      if (!type && odd.empty())
        odd = fmt::format("column '{}' has the type {}", rows.text(0, i), rows.text(1, i));
      columns_.push_back({rows.text(0, i), type.value_or(Type::text)});
    });
    if (!read) return read;
    if (!odd.empty())
      return fail(Errc::invalid, "{}: expected text, numbers, times or truth values", odd);
    return check_columns(columns_);
  }

  Status begin(const std::string& source) {
    std::string list;
    for (const Column& column : columns_)
      list += fmt::format("{}CAST({} AS {})", list.empty() ? "" : ", ",
                          sql_quoted(column.name, '"'), cast_to(column.type));
    auto result = connection_.rows(fmt::format("SELECT {} FROM {}", list, source));
    if (!result) return tl::make_unexpected(result.error());
    result_ = std::move(*result);
    return {};
  }

  duck::DatabaseHandle database_;
  duck::Connection connection_;
  duck::ResultHandle result_;
  duck::ChunkHandle chunk_;
  std::size_t row_ = 0;
  std::vector<Column> columns_;
  Metadata metadata_;
};

}  // namespace

Result<std::unique_ptr<TableReader>> open_table_file(const std::string& path) {
  auto reader = std::make_unique<DuckdbTableReader>();
  if (const Status opened = reader->open(path); !opened) return tl::make_unexpected(opened.error());
  return std::unique_ptr<TableReader>(std::move(reader));
}

}  // namespace wayside::table
