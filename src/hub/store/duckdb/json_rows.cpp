#include "hub/store/duckdb/json_rows.hpp"

#include <fmt/format.h>
#include <cmath>
#include <iterator>
#include <map>
#include <string_view>

#include "hub/json_text.hpp"

namespace wayside::hub::duck {
namespace {

constexpr int depth_max = 16;

using Append = std::back_insert_iterator<std::string>;

const std::map<duckdb_type, const char*>& scalar_names() {
  static const std::map<duckdb_type, const char*> names{
      {DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
      {DUCKDB_TYPE_TINYINT, "TINYINT"},
      {DUCKDB_TYPE_SMALLINT, "SMALLINT"},
      {DUCKDB_TYPE_INTEGER, "INTEGER"},
      {DUCKDB_TYPE_BIGINT, "BIGINT"},
      {DUCKDB_TYPE_UTINYINT, "UTINYINT"},
      {DUCKDB_TYPE_USMALLINT, "USMALLINT"},
      {DUCKDB_TYPE_UINTEGER, "UINTEGER"},
      {DUCKDB_TYPE_UBIGINT, "UBIGINT"},
      {DUCKDB_TYPE_FLOAT, "FLOAT"},
      {DUCKDB_TYPE_DOUBLE, "DOUBLE"},
      {DUCKDB_TYPE_HUGEINT, "HUGEINT"},
      {DUCKDB_TYPE_UHUGEINT, "UHUGEINT"},
      {DUCKDB_TYPE_VARCHAR, "VARCHAR"},
      {DUCKDB_TYPE_BLOB, "BLOB"},
      {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
      {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"},
      {DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
      {DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
      {DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
      {DUCKDB_TYPE_DATE, "DATE"},
      {DUCKDB_TYPE_TIME, "TIME"},
      {DUCKDB_TYPE_INTERVAL, "INTERVAL"},
      {DUCKDB_TYPE_UUID, "UUID"},
      {DUCKDB_TYPE_ENUM, "ENUM"},
      {DUCKDB_TYPE_SQLNULL, "NULL"},
  };
  return names;
}

/// Empty where there is no JSON form.
std::string type_name(duckdb_logical_type type, int depth) {
  const duckdb_type id = duckdb_get_type_id(type);
  if (depth > depth_max) return {};
  const auto nested = [&](TypeHandle child, const char* suffix) {
    const std::string name = type_name(child.get(), depth + 1);
    return name.empty() ? name : name + suffix;
  };
  if (id == DUCKDB_TYPE_DECIMAL)
    return fmt::format("DECIMAL({},{})", duckdb_decimal_width(type), duckdb_decimal_scale(type));
  TypeHandle child;
  if (id == DUCKDB_TYPE_LIST) {
    *child.out() = duckdb_list_type_child_type(type);
    return nested(std::move(child), "[]");
  }
  if (id == DUCKDB_TYPE_ARRAY) {
    *child.out() = duckdb_array_type_child_type(type);
    return nested(std::move(child), "[]");
  }
  if (id == DUCKDB_TYPE_STRUCT) {
    for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
      TypeHandle field;
      *field.out() = duckdb_struct_type_child_type(type, i);
      if (type_name(field.get(), depth + 1).empty()) return {};
    }
    return "STRUCT";
  }
  if (id == DUCKDB_TYPE_MAP) {
    TypeHandle key, value;
    *key.out() = duckdb_map_type_key_type(type);
    *value.out() = duckdb_map_type_value_type(type);
    const bool ok =
        !type_name(key.get(), depth + 1).empty() && !type_name(value.get(), depth + 1).empty();
    return ok ? "MAP" : "";
  }
  const auto found = scalar_names().find(id);
  return found == scalar_names().end() ? "" : found->second;
}

template <class T>
T at(duckdb_vector vector, idx_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

void append_big(std::string& out, bool negative, unsigned __int128 size) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(size % 10)));
    size /= 10;
  } while (size != 0);
  if (negative) digits.insert(digits.begin(), '-');
  const bool exact = digits.size() <= 15;
  out += exact ? digits : '"' + digits + '"';
}

void append_hugeint(std::string& out, duckdb_hugeint value) {
  const auto bits =
      static_cast<unsigned __int128>(static_cast<std::uint64_t>(value.upper)) << 64 | value.lower;
  append_big(out, value.upper < 0, value.upper < 0 ? ~bits + 1 : bits);
}

/// `2026-03-01T12:00:00.5Z`; `fraction` is in units of 10^-digits seconds.
void append_moment(std::string& out, std::int64_t seconds, std::int64_t fraction, int digits) {
  const duckdb_timestamp_struct t = duckdb_from_timestamp({seconds * 1'000'000});
  fmt::format_to(Append(out), "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.date.year,
                 int{t.date.month}, int{t.date.day}, int{t.time.hour}, int{t.time.min},
                 int{t.time.sec});
  if (fraction != 0) {
    std::string text = fmt::format(".{:0{}}", fraction, digits);
    while (text.back() == '0') text.pop_back();
    out += text;
  }
  out += "Z\"";
}

void append_timestamp(std::string& out, std::int64_t value, int digits) {
  // DuckDB's infinities.
  if (value == INT64_MAX || value == -INT64_MAX) {
    out += value > 0 ? "\"infinity\"" : "\"-infinity\"";
    return;
  }
  std::int64_t scale = 1;
  for (int i = 0; i < digits; ++i) scale *= 10;
  std::int64_t seconds = value / scale;
  std::int64_t fraction = value % scale;
  if (fraction < 0) {
    fraction += scale;
    --seconds;
  }
  append_moment(out, seconds, fraction, digits);
}

void append_interval(std::string& out, duckdb_interval value) {
  fmt::format_to(Append(out), "\"P{}M{}DT{}S\"", value.months, value.days,
                 static_cast<double>(value.micros) * 1e-6);
}

void append_decimal(std::string& out, duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  duckdb_hugeint raw{};
  switch (duckdb_decimal_internal_type(type)) {
    case DUCKDB_TYPE_SMALLINT:
      raw.lower = static_cast<std::uint64_t>(at<std::int16_t>(vector, row));
      break;
    case DUCKDB_TYPE_INTEGER:
      raw.lower = static_cast<std::uint64_t>(at<std::int32_t>(vector, row));
      break;
    case DUCKDB_TYPE_BIGINT:
      raw.lower = static_cast<std::uint64_t>(at<std::int64_t>(vector, row));
      break;
    default:
      raw = at<duckdb_hugeint>(vector, row);
  }
  if (duckdb_decimal_internal_type(type) != DUCKDB_TYPE_HUGEINT)
    raw.upper = static_cast<std::int64_t>(raw.lower) < 0 ? -1 : 0;
  append_json_number(
      out, duckdb_decimal_to_double({duckdb_decimal_width(type), duckdb_decimal_scale(type), raw}));
}

void append_enum(std::string& out, duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  const duckdb_type internal = duckdb_enum_internal_type(type);
  const idx_t index = internal == DUCKDB_TYPE_UTINYINT    ? at<std::uint8_t>(vector, row)
                      : internal == DUCKDB_TYPE_USMALLINT ? at<std::uint16_t>(vector, row)
                                                          : at<std::uint32_t>(vector, row);
  char* text = duckdb_enum_dictionary_value(type, index);
  append_json_string(out, text ? text : "");
  duckdb_free(text);
}

/// What the text takes at most when it is written.
std::size_t json_bytes(std::string_view text) {
  std::size_t bytes = text.size() + 2;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) bytes += 5;
    if (c == '"' || c == '\\') ++bytes;
  }
  return bytes;
}

void append_bytes(std::string& out, std::string_view bytes) {
  out += '"';
  for (const char c : bytes)
    fmt::format_to(Append(out), "{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  out += '"';
}

void append_uuid(std::string& out, duckdb_hugeint value) {
  // Stored with the top bit flipped, so that it sorts as text does.
  const std::uint64_t upper = static_cast<std::uint64_t>(value.upper) ^ (1ull << 63);
  const std::string hex = fmt::format("{:016x}{:016x}", upper, value.lower);
  const std::string_view v = hex;
  fmt::format_to(Append(out), "\"{}-{}-{}-{}-{}\"", v.substr(0, 8), v.substr(8, 4), v.substr(12, 4),
                 v.substr(16, 4), v.substr(20));
}

/// False, with part of the value written, where it would make `out` longer than `bytes_max`. Looked
/// at before every text and every element, since one value can be as large as DuckDB's memory.
[[nodiscard]] bool append_value(std::string& out, duckdb_vector vector, idx_t row,
                                std::size_t bytes_max);

bool append_list(std::string& out, duckdb_vector child, idx_t from, idx_t count,
                 std::size_t bytes_max) {
  out += '[';
  for (idx_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    if (!append_value(out, child, from + i, bytes_max)) return false;
  }
  out += ']';
  return true;
}

/// VARCHAR and BLOB.
bool append_text(std::string& out, duckdb_vector vector, duckdb_type id, idx_t row,
                 std::size_t bytes_max) {
  auto value = at<duckdb_string_t>(vector, row);
  const std::string_view text(duckdb_string_t_data(&value), duckdb_string_t_length(value));
  const bool bytes = id == DUCKDB_TYPE_BLOB;
  if ((bytes ? 2 * text.size() + 2 : json_bytes(text)) > bytes_max - out.size()) return false;
  bytes ? append_bytes(out, text) : append_json_string(out, text);
  return true;
}

bool append_struct(std::string& out, duckdb_vector vector, duckdb_logical_type type, idx_t row,
                   std::size_t bytes_max) {
  out += '{';
  for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
    if (i > 0) out += ',';
    char* name = duckdb_struct_type_child_name(type, i);
    append_json_string(out, name ? name : "");
    duckdb_free(name);
    out += ':';
    if (!append_value(out, duckdb_struct_vector_get_child(vector, i), row, bytes_max)) return false;
  }
  out += '}';
  return true;
}

/// An array of [key, value], because keys need not be text.
bool append_map(std::string& out, duckdb_vector vector, idx_t row, std::size_t bytes_max) {
  const auto entry = at<duckdb_list_entry>(vector, row);
  const duckdb_vector pairs = duckdb_list_vector_get_child(vector);
  out += '[';
  for (idx_t i = 0; i < entry.length; ++i) {
    if (i > 0) out += ',';
    out += '[';
    if (!append_value(out, duckdb_struct_vector_get_child(pairs, 0), entry.offset + i, bytes_max))
      return false;
    out += ',';
    if (!append_value(out, duckdb_struct_vector_get_child(pairs, 1), entry.offset + i, bytes_max))
      return false;
    out += ']';
  }
  out += ']';
  return true;
}

bool append_number(std::string& out, duckdb_vector vector, duckdb_type id, idx_t row) {
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN:
      out += at<bool>(vector, row) ? "true" : "false";
      return true;
    case DUCKDB_TYPE_TINYINT:
      append_json_integer(out, std::int64_t{at<std::int8_t>(vector, row)});
      return true;
    case DUCKDB_TYPE_SMALLINT:
      append_json_integer(out, std::int64_t{at<std::int16_t>(vector, row)});
      return true;
    case DUCKDB_TYPE_INTEGER:
      append_json_integer(out, std::int64_t{at<std::int32_t>(vector, row)});
      return true;
    case DUCKDB_TYPE_BIGINT:
      append_json_integer(out, at<std::int64_t>(vector, row));
      return true;
    case DUCKDB_TYPE_UTINYINT:
      append_json_integer(out, std::uint64_t{at<std::uint8_t>(vector, row)});
      return true;
    case DUCKDB_TYPE_USMALLINT:
      append_json_integer(out, std::uint64_t{at<std::uint16_t>(vector, row)});
      return true;
    case DUCKDB_TYPE_UINTEGER:
      append_json_integer(out, std::uint64_t{at<std::uint32_t>(vector, row)});
      return true;
    case DUCKDB_TYPE_UBIGINT:
      append_json_integer(out, at<std::uint64_t>(vector, row));
      return true;
    case DUCKDB_TYPE_FLOAT:
      append_json_number(out, static_cast<double>(at<float>(vector, row)));
      return true;
    case DUCKDB_TYPE_DOUBLE:
      append_json_number(out, at<double>(vector, row));
      return true;
    case DUCKDB_TYPE_HUGEINT:
      append_hugeint(out, at<duckdb_hugeint>(vector, row));
      return true;
    case DUCKDB_TYPE_UHUGEINT: {
      const auto value = at<duckdb_uhugeint>(vector, row);
      append_big(out, false, static_cast<unsigned __int128>(value.upper) << 64 | value.lower);
      return true;
    }
    default:
      return false;
  }
}

bool append_time(std::string& out, duckdb_vector vector, duckdb_type id, idx_t row) {
  switch (id) {
    case DUCKDB_TYPE_TIMESTAMP_S:
      append_timestamp(out, at<std::int64_t>(vector, row), 0);
      return true;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      append_timestamp(out, at<std::int64_t>(vector, row), 3);
      return true;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      append_timestamp(out, at<std::int64_t>(vector, row), 6);
      return true;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      append_timestamp(out, at<std::int64_t>(vector, row), 9);
      return true;
    case DUCKDB_TYPE_INTERVAL:
      append_interval(out, at<duckdb_interval>(vector, row));
      return true;
    case DUCKDB_TYPE_DATE: {
      const duckdb_date_struct d = duckdb_from_date(at<duckdb_date>(vector, row));
      fmt::format_to(Append(out), "\"{:04}-{:02}-{:02}\"", d.year, int{d.month}, int{d.day});
      return true;
    }
    case DUCKDB_TYPE_TIME: {
      const duckdb_time_struct t = duckdb_from_time(at<duckdb_time>(vector, row));
      fmt::format_to(Append(out), "\"{:02}:{:02}:{:02}.{:06}\"", int{t.hour}, int{t.min},
                     int{t.sec}, t.micros);
      return true;
    }
    default:
      return false;
  }
}

bool append_value(std::string& out, duckdb_vector vector, idx_t row, std::size_t bytes_max) {
  if (out.size() >= bytes_max) return false;
  std::uint64_t* validity = duckdb_vector_get_validity(vector);
  if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) {
    out += "null";
    return true;
  }
  TypeHandle type;
  *type.out() = duckdb_vector_get_column_type(vector);
  const duckdb_type id = duckdb_get_type_id(type.get());
  if (append_number(out, vector, id, row) || append_time(out, vector, id, row)) return true;
  switch (id) {
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return append_text(out, vector, id, row, bytes_max);
    case DUCKDB_TYPE_DECIMAL:
      append_decimal(out, vector, type.get(), row);
      return true;
    case DUCKDB_TYPE_ENUM:
      append_enum(out, vector, type.get(), row);
      return true;
    case DUCKDB_TYPE_UUID:
      append_uuid(out, at<duckdb_hugeint>(vector, row));
      return true;
    case DUCKDB_TYPE_LIST: {
      const auto entry = at<duckdb_list_entry>(vector, row);
      return append_list(out, duckdb_list_vector_get_child(vector), entry.offset, entry.length,
                         bytes_max);
    }
    case DUCKDB_TYPE_ARRAY: {
      const idx_t n = duckdb_array_type_array_size(type.get());
      return append_list(out, duckdb_array_vector_get_child(vector), row * n, n, bytes_max);
    }
    case DUCKDB_TYPE_STRUCT:
      return append_struct(out, vector, type.get(), row, bytes_max);
    case DUCKDB_TYPE_MAP:
      return append_map(out, vector, row, bytes_max);
    default:
      out += "null";
      return true;
  }
}

}  // namespace

Result<JsonRows> JsonRows::of(duckdb_result& result) {
  JsonRows rows;
  rows.columns_ = duckdb_column_count(&result);
  for (idx_t i = 0; i < rows.columns_; ++i) {
    TypeHandle type;
    *type.out() = duckdb_column_logical_type(&result, i);
    std::string name = type_name(type.get(), 0);
    if (name.empty())
      return fail(Errc::invalid, "column '{}' has a type without a JSON form: cast it to VARCHAR",
                  duckdb_column_name(&result, i));
    rows.names_.push_back(std::move(name));
  }
  return rows;
}

bool JsonRows::append(duckdb_data_chunk chunk, std::size_t row, std::string& out,
                      std::size_t bytes_max) const {
  const std::size_t before = out.size();
  out += '[';
  for (idx_t i = 0; i < columns_; ++i) {
    if (i > 0) out += ',';
    if (append_value(out, duckdb_data_chunk_get_vector(chunk, i), row, bytes_max)) continue;
    out.resize(before);
    return false;
  }
  out += ']';
  return true;
}

}  // namespace wayside::hub::duck
