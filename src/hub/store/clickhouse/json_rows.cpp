#include "hub/store/clickhouse/json_rows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>

#include "base/time.hpp"
#include "hub/json_text.hpp"

namespace wayside::hub::click {
namespace {

using Kind = Type::Kind;
using Append = std::back_insert_iterator<std::string>;

bool names_time(std::string_view name) {
  return name == "time" || name == "updated" || name == "requested" || name == "finished" ||
         name.ends_with("_time");
}

/// Digits of a number that JSON cannot hold exactly, as text.
void append_decimal(std::string& out, const Values& values, std::size_t row) {
  __int128 raw = 0;
  if (values.type.width == 4) raw = values.at<std::int32_t>(row);
  if (values.type.width == 8) raw = values.at<std::int64_t>(row);
  if (values.type.width == 16) raw = values.at<__int128>(row);
  long double value = static_cast<long double>(raw);
  for (int i = 0; i < values.type.scale; ++i) value /= 10;
  append_json_number(out, static_cast<double>(value));
}

void append_time(std::string& out, std::int64_t ns) {
  fmt::format_to(Append(out), "\"{}\"", format_time({ns}));
}

void append_time64(std::string& out, const Values& values, std::size_t row) {
  const auto ticks = values.at<std::int64_t>(row);
  std::int64_t ns = ticks;
  for (int scale = values.type.scale; scale < 9; ++scale)
    if (__builtin_mul_overflow(ns, std::int64_t{10}, &ns)) return append_json_integer(out, ticks);
  append_time(out, ns);
}

void append_date(std::string& out, const Values& values, std::size_t row) {
  const std::int64_t day = values.type.width == 2 ? std::int64_t{values.at<std::uint16_t>(row)}
                                                  : std::int64_t{values.at<std::int32_t>(row)};
  out += '"' + format_time(Time{} + days(day)).substr(0, 10) + '"';
}

void append_enumeration(std::string& out, const Values& values, std::size_t row) {
  const std::int64_t number = values.type.width == 1 ? std::int64_t{values.at<std::int8_t>(row)}
                                                     : std::int64_t{values.at<std::int16_t>(row)};
  const auto found = std::find_if(values.type.names.begin(), values.type.names.end(),
                                  [&](const auto& name) { return name.first == number; });
  append_json_string(out, found == values.type.names.end() ? "" : found->second);
}

void append_uuid(std::string& out, const Values& values, std::size_t row) {
  const std::string hex = fmt::format("{:016x}{:016x}", values.at<std::uint64_t>(2 * row),
                                      values.at<std::uint64_t>(2 * row + 1));
  const std::string_view v = hex;
  fmt::format_to(Append(out), "\"{}-{}-{}-{}-{}\"", v.substr(0, 8), v.substr(8, 4), v.substr(12, 4),
                 v.substr(16, 4), v.substr(20));
}

bool append_number(std::string& out, const Values& values, std::size_t row) {
  switch (values.type.kind) {
    case Kind::uint8:
      append_json_integer(out, std::uint64_t{values.at<std::uint8_t>(row)});
      return true;
    case Kind::uint16:
      append_json_integer(out, std::uint64_t{values.at<std::uint16_t>(row)});
      return true;
    case Kind::uint32:
      append_json_integer(out, std::uint64_t{values.at<std::uint32_t>(row)});
      return true;
    case Kind::uint64:
      append_json_integer(out, values.at<std::uint64_t>(row));
      return true;
    case Kind::int8:
      append_json_integer(out, std::int64_t{values.at<std::int8_t>(row)});
      return true;
    case Kind::int16:
      append_json_integer(out, std::int64_t{values.at<std::int16_t>(row)});
      return true;
    case Kind::int32:
      append_json_integer(out, std::int64_t{values.at<std::int32_t>(row)});
      return true;
    case Kind::int64:
    case Kind::interval:
      append_json_integer(out, values.at<std::int64_t>(row));
      return true;
    case Kind::float32:
      append_json_number(out, static_cast<double>(values.at<float>(row)));
      return true;
    case Kind::float64:
      append_json_number(out, values.at<double>(row));
      return true;
    case Kind::boolean:
      out += values.at<std::uint8_t>(row) != 0 ? "true" : "false";
      return true;
    default:
      return false;
  }
}

bool append_plain(std::string& out, const Values& values, std::size_t row) {
  switch (values.type.kind) {
    case Kind::decimal:
      append_decimal(out, values, row);
      return true;
    case Kind::date:
      append_date(out, values, row);
      return true;
    case Kind::date_time:
      append_time(out, std::int64_t{values.at<std::uint32_t>(row)} * 1'000'000'000);
      return true;
    case Kind::date_time64:
      append_time64(out, values, row);
      return true;
    case Kind::enumeration:
      append_enumeration(out, values, row);
      return true;
    case Kind::uuid:
      append_uuid(out, values, row);
      return true;
    default:
      return false;
  }
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

/// False, with part of the value written, where it would make `out` longer than `bytes_max`.
[[nodiscard]] bool append_value(std::string& out, const Values& values, std::size_t row, bool time,
                                std::size_t bytes_max);

bool append_text(std::string& out, std::string_view text, std::size_t bytes_max) {
  if (json_bytes(text) > bytes_max - out.size()) return false;
  append_json_string(out, text);
  return true;
}

/// An array, or of a map an array of [key, value], because keys need not be text.
bool append_list(std::string& out, const Values& values, std::size_t row, std::size_t bytes_max) {
  const std::uint64_t begin = row == 0 ? 0 : values.ends[row - 1];
  out += '[';
  for (std::uint64_t i = begin; i < values.ends[row]; ++i) {
    if (i > begin) out += ',';
    if (values.type.kind == Kind::map) out += '[';
    for (std::size_t part = 0; part < values.parts.size(); ++part) {
      if (part > 0) out += ',';
      if (!append_value(out, values.parts[part], i, false, bytes_max)) return false;
    }
    if (values.type.kind == Kind::map) out += ']';
  }
  out += ']';
  return true;
}

bool append_tuple(std::string& out, const Values& values, std::size_t row, std::size_t bytes_max) {
  out += '[';
  for (std::size_t part = 0; part < values.parts.size(); ++part) {
    if (part > 0) out += ',';
    if (!append_value(out, values.parts[part], row, false, bytes_max)) return false;
  }
  out += ']';
  return true;
}

bool append_value(std::string& out, const Values& values, std::size_t row, bool time,
                  std::size_t bytes_max) {
  if (out.size() >= bytes_max) return false;
  switch (values.type.kind) {
    case Kind::nullable:
      if (!values.is_null(row)) return append_value(out, values.parts[0], row, time, bytes_max);
      out += "null";
      return true;
    case Kind::nothing:
      out += "null";
      return true;
    case Kind::text:
      return append_text(out, values.texts[row], bytes_max);
    case Kind::fixed_text: {
      std::string_view text = values.fixed.substr(row * values.type.width, values.type.width);
      while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
      return append_text(out, text, bytes_max);
    }
    case Kind::array:
    case Kind::map:
      return append_list(out, values, row, bytes_max);
    case Kind::tuple:
      return append_tuple(out, values, row, bytes_max);
    case Kind::int64:
      if (time) {
        append_time(out, values.at<std::int64_t>(row));
        return true;
      }
      break;
    default:
      break;
  }
  return append_number(out, values, row) || append_plain(out, values, row);
}

}  // namespace

bool append_row(const Block& block, std::size_t row, std::string& out, std::size_t bytes_max) {
  const std::size_t before = out.size();
  out += '[';
  for (std::size_t i = 0; i < block.columns.size(); ++i) {
    const Block::Column& column = block.columns[i];
    if (i > 0) out += ',';
    if (append_value(out, column.values, row, names_time(column.name), bytes_max)) continue;
    out.resize(before);
    return false;
  }
  out += ']';
  return true;
}

}  // namespace wayside::hub::click
