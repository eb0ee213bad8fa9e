#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::hub::click {

/// A ClickHouse type, read from its name.
struct Type {
  enum class Kind : std::uint8_t {
    uint8,
    uint16,
    uint32,
    uint64,
    int8,
    int16,
    int32,
    int64,
    float32,
    float64,
    boolean,
    text,
    fixed_text,
    date,
    date_time,
    date_time64,
    enumeration,
    uuid,
    decimal,
    interval,
    nothing,
    nullable,
    array,
    tuple,
    map,
  };
  Kind kind = Kind::nothing;
  std::size_t width = 0;  ///< bytes of one value where all have the same size
  int scale = 0;          ///< of decimals and DateTime64
  std::vector<std::pair<std::int64_t, std::string>> names;  ///< of an enumeration
  std::vector<Type> parts;
};

/// Errors: `invalid` for one that has no form here.
[[nodiscard]] Result<Type> parse_type(std::string_view name);

/// The values of one column of a block, or of a part of it. Texts and numbers lie in the bytes the
/// block was read from, which must outlive it.
struct Values {
  Type type;
  std::size_t rows = 0;
  std::string_view fixed;               ///< rows × width bytes
  std::vector<std::string_view> texts;  ///< of text
  std::string_view nulls;               ///< of nullable: a byte a row; parts[0] holds the values
  std::vector<std::uint64_t> ends;      ///< of arrays and maps: where each row's values end
  std::vector<Values> parts;

  template <class T>
  [[nodiscard]] T at(std::size_t row) const {
    T value;
    std::memcpy(&value, fixed.data() + row * sizeof value, sizeof value);
    return value;
  }
  [[nodiscard]] bool is_null(std::size_t row) const { return !nulls.empty() && nulls[row] != 0; }
};

struct Block {
  struct Column {
    std::string name, type;
    Values values;
  };
  std::vector<Column> columns;
  std::size_t rows = 0;

  template <class T>
  [[nodiscard]] T at(std::size_t column, std::size_t row) const {
    return columns[column].values.at<T>(row);
  }
  [[nodiscard]] std::string text(std::size_t column, std::size_t row) const {
    return std::string(columns[column].values.texts[row]);
  }
  [[nodiscard]] bool is_null(std::size_t column, std::size_t row) const {
    return columns[column].values.is_null(row);
  }
  /// Of a nullable column.
  template <class T>
  [[nodiscard]] T inner(std::size_t column, std::size_t row) const {
    return columns[column].values.parts[0].at<T>(row);
  }
  /// NaN for null.
  [[nodiscard]] double number(std::size_t column, std::size_t row) const;
};

/// The first block of what may be the beginning of a reply: takes it off the front of `bytes`, or
/// gives nullopt where it is not whole yet. Errors as below.
[[nodiscard]] Result<std::optional<Block>> read_first_block(std::string_view& bytes);

/// The blocks of a reply in the Native format. Every size is held against what is left of `bytes`.
/// Errors: `corrupt`, `invalid` (a type without a form here).
[[nodiscard]] Result<std::vector<Block>> read_blocks(std::string_view bytes);

}  // namespace wayside::hub::click
