#include "hub/store/clickhouse/block_reader.hpp"

#include <limits>

namespace wayside::hub::click {
namespace {

using Kind = Type::Kind;

constexpr std::size_t columns_max = 10'000;
// A block of ClickHouse's has 65,536 rows; ten times that is no sensible reply.
constexpr std::size_t rows_max = 1u << 28;

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool done() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }

  bool size(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) return false;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  bool take(std::size_t n, std::string_view& out) {
    if (n > bytes_.size()) return false;
    out = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return true;
  }
  bool text(std::string_view& out) {
    std::uint64_t n = 0;
    return size(n) && take(n, out);
  }

 private:
  std::string_view bytes_;
};

bool read_values(Cursor& in, Values& values);

bool read_part(Cursor& in, Values& values, const Type& type, std::size_t rows) {
  Values& part = values.parts.emplace_back();
  part.type = type;
  part.rows = rows;
  return read_values(in, part);
}

bool read_ends(Cursor& in, Values& values) {
  std::string_view raw;
  if (values.rows > in.left() / 8 || !in.take(values.rows * 8, raw)) return false;
  values.ends.resize(values.rows);
  std::memcpy(values.ends.data(), raw.data(), raw.size());
  std::uint64_t before = 0;
  for (const std::uint64_t end : values.ends) {
    if (end < before || end > rows_max) return false;
    before = end;
  }
  return true;
}

bool read_values(Cursor& in, Values& values) {
  const std::size_t rows = values.rows;
  switch (values.type.kind) {
    case Kind::text:
      if (rows > in.left()) return false;
      values.texts.resize(rows);
      for (std::string_view& text : values.texts)
        if (!in.text(text)) return false;
      return true;
    case Kind::nullable:
      return in.take(rows, values.nulls) && read_part(in, values, values.type.parts[0], rows);
    case Kind::array: {
      if (!read_ends(in, values)) return false;
      return read_part(in, values, values.type.parts[0], rows == 0 ? 0 : values.ends.back());
    }
    case Kind::map: {
      if (!read_ends(in, values)) return false;
      const std::size_t pairs = rows == 0 ? 0 : values.ends.back();
      return read_part(in, values, values.type.parts[0], pairs) &&
             read_part(in, values, values.type.parts[1], pairs);
    }
    case Kind::tuple:
      for (const Type& part : values.type.parts)
        if (!read_part(in, values, part, rows)) return false;
      return true;
    default:
      if (values.type.width != 0 && rows > in.left() / values.type.width) return false;
      return in.take(rows * values.type.width, values.fixed);
  }
}

/// Nullopt where the bytes end before the block does.
Result<std::optional<Block>> read_block(Cursor& in) {
  std::uint64_t columns = 0, rows = 0;
  if (!in.size(columns) || !in.size(rows)) return std::nullopt;
  if (columns > columns_max || rows > rows_max)
    return fail(Errc::corrupt, "a reply in the Native format is broken");
  Block block;
  block.rows = rows;
  for (std::uint64_t i = 0; i < columns; ++i) {
    std::string_view name, type_name;
    if (!in.text(name) || !in.text(type_name)) return std::nullopt;
    auto type = parse_type(type_name);
    if (!type) return fail_in("column '" + std::string(name) + "'", type.error());
    Block::Column& column = block.columns.emplace_back();
    column.name = name;
    column.type = type_name;
    column.values.type = std::move(*type);
    column.values.rows = rows;
    // A block without rows has no values either.
    if (rows > 0 && !read_values(in, column.values)) return std::nullopt;
  }
  return block;
}

}  // namespace

double Block::number(std::size_t column, std::size_t row) const {
  return is_null(column, row) ? std::numeric_limits<double>::quiet_NaN()
                              : inner<double>(column, row);
}

Result<std::optional<Block>> read_first_block(std::string_view& bytes) {
  Cursor in(bytes);
  auto block = read_block(in);
  if (block && *block) bytes.remove_prefix(bytes.size() - in.left());
  return block;
}

Result<std::vector<Block>> read_blocks(std::string_view bytes) {
  std::vector<Block> blocks;
  while (!bytes.empty()) {
    auto block = read_first_block(bytes);
    if (!block) return tl::make_unexpected(block.error());
    if (!*block) return fail(Errc::corrupt, "a reply in the Native format is broken");
    blocks.push_back(std::move(**block));
  }
  return blocks;
}

}  // namespace wayside::hub::click
