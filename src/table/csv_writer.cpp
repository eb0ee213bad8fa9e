#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/assert.hpp"
#include "base/os/atomic_file.hpp"
#include "table/csv_text.hpp"
#include "table/table_writer.hpp"

namespace wayside::table {
namespace {

constexpr std::size_t buffer_bytes = 1u << 18;

class CsvWriter final : public TableWriter {
 public:
  CsvWriter(os::AtomicFile file, const std::vector<Column>& columns)
      : file_(std::move(file)), columns_(columns), cells_(columns.size()) {
    for (std::size_t i = 0; i < columns.size(); ++i) cells_[i] = columns[i].name;
    put_row();
  }

  void set_text(std::size_t column, std::string_view value) override {
    cell(column, Type::text).assign(value);
  }
  void set_integer(std::size_t column, std::int64_t value) override {
    append_integer(cell(column, Type::integer), value);
  }
  void set_time(std::size_t column, Time value) override {
    append_integer(cell(column, Type::time), value.ns);
  }
  void set_number(std::size_t column, double value) override {
    std::string& out = cell(column, Type::number);
    if (value == value) append_number(out, value);
  }
  void set_boolean(std::size_t column, bool value) override {
    cell(column, Type::boolean) = value ? "true" : "false";
  }

  Status end_row() override {
    put_row();
    return buffer_.size() < buffer_bytes ? Status{} : flush();
  }
  Status finish() override {
    if (const Status flushed = flush(); !flushed) return flushed;
    return file_.put_in_place();
  }

 private:
  std::string& cell(std::size_t column, Type type) {
    WAYSIDE_ASSERT(columns_[column].type == type, "a cell of another type than its column");
    cells_[column].clear();
    return cells_[column];
  }
  void put_row() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (i > 0) buffer_ += ',';
      append_field(buffer_, cells_[i]);
      cells_[i].clear();
    }
    buffer_ += '\n';
  }
  Status flush() {
    const Status written = file_.write(buffer_);
    buffer_.clear();
    return written;
  }

  os::AtomicFile file_;
  std::vector<Column> columns_;
  std::vector<std::string> cells_;
  std::string buffer_;
};

}  // namespace

Status check_columns(const std::vector<Column>& columns) {
  if (columns.empty() || columns.size() > columns_max)
    return fail(Errc::invalid, "a table has 1 to {} columns, not {}", columns_max, columns.size());
  std::set<std::string_view> names;
  for (const Column& column : columns)
    if (!names.insert(column.name).second)
      return fail(Errc::invalid, "two columns have the name '{}'", column.name);
  return {};
}

Result<std::unique_ptr<TableWriter>> create_csv(const std::string& path,
                                                const std::vector<Column>& columns,
                                                const Metadata& metadata) {
  if (const Status fit = check_columns(columns); !fit) return tl::make_unexpected(fit.error());
  auto file = os::AtomicFile::create(path);
  if (!file) return tl::make_unexpected(file.error());
  if (!metadata.empty()) {
    const std::string text =
        nlohmann::json(metadata).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) +
        '\n';
    if (const Status said = os::write_file_atomically(path + ".json", text); !said)
      return tl::make_unexpected(said.error());
  }
  return std::unique_ptr<TableWriter>(std::make_unique<CsvWriter>(std::move(*file), columns));
}

}  // namespace wayside::table
