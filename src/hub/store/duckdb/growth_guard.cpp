#include "hub/store/duckdb/growth_guard.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace wayside::hub::duck {
namespace {

using Json = nlohmann::json;
using Names = std::set<std::string, std::less<>>;

/// Characters of a text, values of a list.
constexpr double grown_max = 3'000;
/// Bytes of a text that is put in the place of another one, which may be a single character.
constexpr std::size_t replacement_max = 32;
/// Of the body of a lambda, as it is serialized: some forty expressions.
constexpr std::size_t lambda_bytes_max = 8u << 10;

/// Functions that make a long value out of a short one, and which argument says how long.
const std::map<std::string, std::size_t, std::less<>> growing{
    {"repeat", 1}, {"lpad", 1},     {"rpad", 1},      {"list_resize", 1}, {"array_resize", 1},
    {"bar", 3},    {"left_pad", 1}, {"right_pad", 1}, {"printf", 0},      {"format", 0}};
const Names replacing{"replace", "regexp_replace"};
const Names ranging{"range", "generate_series"};
/// All that duckdb_functions() lists with a parameter of type LAMBDA.
const Names with_lambda{"apply",       "array_apply",     "array_filter", "array_reduce",
                        "filter",      "array_transform", "list_apply",   "list_filter",
                        "list_reduce", "list_transform",  "reduce"};
/// Types of one number or one moment.
const Names scalar_types{"boolean",      "tinyint",
                         "smallint",     "integer",
                         "bigint",       "hugeint",
                         "utinyint",     "usmallint",
                         "uinteger",     "ubigint",
                         "uhugeint",     "float",
                         "double",       "decimal",
                         "date",         "time",
                         "timestamp",    "timestamp_s",
                         "timestamp_ms", "timestamp_ns",
                         "interval",     "timestamp with time zone"};

std::string string_at(const Json& node, const char* key) {
  const auto found = node.find(key);
  std::string text = found != node.end() && found->is_string() ? found->get<std::string>() : "";
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// What is written there; null for what has to be worked out.
Json constant(const Json& node) {
  if (!node.is_object() || string_at(node, "class") != "constant") return {};
  return node.value("/value/value"_json_pointer, Json());
}

Json argument(const Json& node, std::size_t index) {
  const Json children = node.value("children", Json::array());
  return index < children.size() ? children[index] : Json();
}

/// Whether nothing below reads a column, so that it is worked out once and not for every row.
bool is_fixed(const Json& root) {
  std::vector<const Json*> todo{&root};
  while (!todo.empty()) {
    const Json& node = *todo.back();
    todo.pop_back();
    const std::string kind = node.is_object() ? string_at(node, "class") : "";
    if (kind == "column_ref" || kind == "subquery") return false;
    if (node.is_structured())
      for (const Json& child : node) todo.push_back(&child);
  }
  return true;
}

/// A format may not ask for a width of four digits, or for one that comes from elsewhere.
bool is_modest_format(const std::string& text) {
  std::size_t digits = 0;
  int open = 0;
  for (const char c : text) {
    digits = std::isdigit(static_cast<unsigned char>(c)) ? digits + 1 : 0;
    open += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (digits > 3 || c == '*' || open > 1) return false;
  }
  return true;
}

/// Where it is a table, rows come bit by bit.
Status check_range(const std::string& name, const Json& node) {
  std::vector<double> numbers;
  for (const Json& child : node.value("children", Json::array())) {
    const Json value = constant(child);
    if (value.is_number()) numbers.push_back(value.get<double>());
  }
  const std::size_t given = node.value("children", Json::array()).size();
  if (given == 1) numbers.insert(numbers.begin(), 0);
  if (numbers.size() == 2) numbers.push_back(1);
  if (numbers.size() == 3 && given <= 3 && numbers[2] != 0 &&
      (numbers[1] - numbers[0]) / numbers[2] <= grown_max)
    return {};
  return fail(Errc::refused,
              "the function '{}' may only make up to {} values here, between written numbers: ask "
              "it as a table, FROM {}(…)",
              name, grown_max, name);
}

Status check_replacement(const std::string& name, const Json& node) {
  const Json text = constant(argument(node, 2));
  if (text.is_null() && node.value("children", Json::array()).size() < 3) return {};
  if (text.is_string() && text.get_ref<const std::string&>().size() <= replacement_max) return {};
  return fail(Errc::refused,
              "the function '{}' may only put in a text of up to {} bytes, written here", name,
              replacement_max);
}

Status check_size(const std::string& name, const Json& node, std::size_t which) {
  const Json value = constant(argument(node, which));
  const bool modest = value.is_number() ? value.get<double>() <= grown_max
                                        : value.is_string() && which == 0 &&
                                              is_modest_format(value.get<std::string>());
  const bool once = name != "repeat" || is_fixed(argument(node, 0));
  if (modest && once) return {};
  return fail(Errc::refused,
              "the function '{}' may only make up to {} characters or values here, written as a "
              "number{}",
              name, grown_max, name == "repeat" ? ", out of a text that is no column" : "");
}

Names parameters(const Json& lambda) {
  Names names;
  const Json& lhs = lambda["lhs"];
  Json each = lhs.value("children", Json::array());
  if (each.empty()) each.push_back(lhs);
  for (const Json& one : each)
    for (const Json& name : one.value("column_names", Json::array()))
      if (name.is_string()) names.insert(name.get<std::string>());
  return names;
}

/// Whether an expression is read as one number or moment: `factor::double`.
bool is_scalar_cast(const Json& node) {
  return string_at(node, "class") == "cast" && node.contains("cast_type") &&
         scalar_types.contains(string_at(node["cast_type"], "id"));
}

Status check_lambda_node(const Json& node, const Names& own) {
  const std::string name = string_at(node, "function_name");
  if (growing.contains(name) || replacing.contains(name) || ranging.contains(name) ||
      with_lambda.contains(name))
    return fail(Errc::refused, "the function '{}' is not allowed inside of a lambda", name);
  if (string_at(node, "class") != "column_ref") return {};
  // A name of two parts is a column's even where the first is a parameter's.
  const Json names = node.value("column_names", Json::array());
  if (names.size() == 1 && names[0].is_string() && own.contains(names[0].get<std::string>()))
    return {};
  return fail(Errc::refused,
              "a lambda may read its own parameters, as x or x['field'], and columns as numbers, "
              "like {}::DOUBLE",
              names.empty() ? "value" : names.back().get<std::string>());
}

Status check_lambda(const Json& lambda) {
  const Json& body = lambda["expr"];
  if (body.dump().size() > lambda_bytes_max)
    return fail(Errc::refused, "the body of a lambda is too long");
  const Names own = parameters(lambda);
  std::vector<const Json*> todo{&body};
  while (!todo.empty()) {
    const Json& node = *todo.back();
    todo.pop_back();
    if (node.is_object()) {
      if (is_scalar_cast(node) && string_at(node["child"], "class") == "column_ref") continue;
      if (const Status checked = check_lambda_node(node, own); !checked) return checked;
    }
    if (node.is_structured())
      for (const Json& child : node) todo.push_back(&child);
  }
  return {};
}

}  // namespace

Status check_growth(const std::string& name, const Json& node) {
  if (ranging.contains(name)) return check_range(name, node);
  if (replacing.contains(name)) return check_replacement(name, node);
  if (with_lambda.contains(name))
    for (const Json& child : node.value("children", Json::array()))
      if (string_at(child, "class") == "lambda")
        if (const Status checked = check_lambda(child); !checked) return checked;
  if (const auto grows = growing.find(name); grows != growing.end())
    return check_size(name, node, grows->second);
  return {};
}

}  // namespace wayside::hub::duck
