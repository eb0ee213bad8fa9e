#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "hub/store/clickhouse/block_reader.hpp"

namespace wayside::hub::click {
namespace {

using Kind = Type::Kind;

constexpr int depth_max = 16;

struct Plain {
  std::string_view name;
  Kind kind;
  std::size_t width;
};

constexpr std::array<Plain, 21> plain_types{{
    {"UInt8", Kind::uint8, 1},
    {"UInt16", Kind::uint16, 2},
    {"UInt32", Kind::uint32, 4},
    {"UInt64", Kind::uint64, 8},
    {"Int8", Kind::int8, 1},
    {"Int16", Kind::int16, 2},
    {"Int32", Kind::int32, 4},
    {"Int64", Kind::int64, 8},
    {"Float32", Kind::float32, 4},
    {"Float64", Kind::float64, 8},
    {"Bool", Kind::boolean, 1},
    {"String", Kind::text, 0},
    {"Date", Kind::date, 2},
    {"DateTime", Kind::date_time, 4},
    {"UUID", Kind::uuid, 16},
    {"Nothing", Kind::nothing, 1},
    {"Date32", Kind::date, 4},
    {"IntervalSecond", Kind::interval, 8},
    {"IntervalMinute", Kind::interval, 8},
    {"IntervalHour", Kind::interval, 8},
    {"IntervalDay", Kind::interval, 8},
}};

/// Splits what stands between parentheses at its commas, not within quotes or parentheses.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '\'') quoted = false;
    } else if (c == '\'') {
      quoted = true;
    } else if (c == '(' || c == ')') {
      depth += c == '(' ? 1 : -1;
    } else if (c == ',' && depth == 0) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  for (std::string_view& part : parts) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
  }
  return parts;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `'name' = 3`
bool add_name(Type& type, std::string_view part) {
  const std::size_t end = part.rfind('\'');
  const std::size_t equals = part.rfind('=');
  if (part.empty() || part.front() != '\'' || end == 0 || equals == std::string_view::npos ||
      equals < end)
    return false;
  std::string name;
  for (std::size_t i = 1; i < end; ++i) {
    if (part[i] == '\\' && i + 1 < end) ++i;
    name += part[i];
  }
  std::string_view value = part.substr(equals + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  const auto at = number<std::int64_t>(value);
  if (at) type.names.emplace_back(*at, std::move(name));
  return at.has_value();
}

std::optional<Type> parse(std::string_view name, int depth);

bool add_parts(Type& type, const std::vector<std::string_view>& arguments, int depth) {
  for (std::string_view argument : arguments) {
    // A tuple's parts may have names: `a UInt8`.
    const std::size_t space = argument.find(' ');
    const std::size_t open = argument.find('(');
    if (type.kind == Kind::tuple && space != std::string_view::npos && space < open)
      argument.remove_prefix(space + 1);
    auto part = parse(argument, depth + 1);
    if (!part) return false;
    type.parts.push_back(std::move(*part));
  }
  return true;
}

std::optional<Type> parse_decimal(const std::vector<std::string_view>& arguments) {
  if (arguments.size() != 2) return std::nullopt;
  const auto precision = number<int>(arguments[0]);
  const auto scale = number<int>(arguments[1]);
  if (!precision || !scale || *precision > 38) return std::nullopt;
  const std::size_t width = *precision <= 9 ? 4 : *precision <= 18 ? 8 : 16;
  return Type{Kind::decimal, width, *scale, {}, {}};
}

std::optional<Type> parse_with_arguments(std::string_view head, std::string_view inside,
                                         int depth) {
  const auto arguments = split(inside);
  Type type;
  if (head == "Nullable" || head == "Array" || head == "Tuple" || head == "Map") {
    type.kind = head == "Nullable" ? Kind::nullable
                : head == "Array"  ? Kind::array
                : head == "Tuple"  ? Kind::tuple
                                   : Kind::map;
    const std::size_t expected = head == "Map" ? 2 : 1;
    if (type.kind != Kind::tuple && arguments.size() != expected) return std::nullopt;
    return add_parts(type, arguments, depth) ? std::optional(type) : std::nullopt;
  }
  if (head == "Enum8" || head == "Enum16") {
    type.kind = Kind::enumeration;
    type.width = head == "Enum8" ? 1 : 2;
    for (const std::string_view argument : arguments)
      if (!add_name(type, argument)) return std::nullopt;
    return type;
  }
  if (head == "DateTime") return Type{Kind::date_time, 4, 0, {}, {}};
  if (head == "DateTime64") {
    const auto scale = number<int>(arguments[0]);
    if (!scale || *scale < 0 || *scale > 9) return std::nullopt;
    return Type{Kind::date_time64, 8, *scale, {}, {}};
  }
  if (head == "FixedString") {
    const auto width = number<std::size_t>(arguments[0]);
    return width ? std::optional(Type{Kind::fixed_text, *width, 0, {}, {}}) : std::nullopt;
  }
  return head == "Decimal" ? parse_decimal(arguments) : std::nullopt;
}

std::optional<Type> parse(std::string_view name, int depth) {
  if (depth > depth_max) return std::nullopt;
  const auto plain = std::find_if(plain_types.begin(), plain_types.end(),
                                  [&](const Plain& one) { return one.name == name; });
  if (plain != plain_types.end()) return Type{plain->kind, plain->width, 0, {}, {}};
  const std::size_t open = name.find('(');
  if (open == std::string_view::npos || name.back() != ')') return std::nullopt;
  return parse_with_arguments(name.substr(0, open), name.substr(open + 1, name.size() - open - 2),
                              depth);
}

}  // namespace

Result<Type> parse_type(std::string_view name) {
  auto type = parse(name, 0);
  if (type) return std::move(*type);
  return fail(Errc::invalid, "the type {} has no form here: use toString", name);
}

}  // namespace wayside::hub::click
