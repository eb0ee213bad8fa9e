#include "hub/store/duckdb/guard.hpp"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "hub/store/duckdb/growth_guard.hpp"

namespace wayside::hub::duck {
namespace {

using Json = nlohmann::json;
using Names = std::set<std::string, std::less<>>;

const Names tables{"samples", "features", "decisions", "events",      "health",  "ledger",
                   "gaps",    "assets",   "latest",    "downsampled", "exports", "deletions"};
const Names table_functions{"range",     "generate_series",     "unnest", "json_each",
                            "json_tree", "generate_subscripts", "repeat", "repeat_row"};
// They change the session or tell of the machine; everything else computes.
const Names functions_refused{"getenv",
                              "write_log",
                              "nextval",
                              "currval",
                              "setseed",
                              "sleep_ms",
                              "current_setting",
                              "getvariable",
                              "current_query",
                              "json_execute_serialized_sql",
                              "parse_duckdb_log_message",
                              "stats"};

constexpr std::size_t nodes_max = 200'000;
constexpr std::size_t sql_bytes_max = 64u << 10;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string string_at(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? lower(found->get<std::string>()) : "";
}

/// The names of all WITH clauses, wherever they stand.
Names with_names(const Json& root) {
  Names names;
  std::vector<const Json*> todo{&root};
  while (!todo.empty()) {
    const Json& node = *todo.back();
    todo.pop_back();
    if (node.is_object() && node.contains("cte_map"))
      for (const Json& entry : node["cte_map"].value("map", Json::array()))
        names.insert(string_at(entry, "key"));
    if (node.is_structured())
      for (const Json& child : node) todo.push_back(&child);
  }
  return names;
}

bool plain_word(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c >= 0x80;
  });
}

/// Tables, views and table functions. They are the same in every database of ours, and listing them
/// takes longer than most questions.
Result<const Names*> catalog_names(Connection& connection) {
  static std::mutex mutex;
  static Names names;
  const std::scoped_lock lock(mutex);
  if (!names.empty()) return &names;
  auto listed = connection.rows(
      "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() "
      "UNION ALL SELECT function_name FROM duckdb_functions() "
      "WHERE function_type IN ('table', 'table_macro', 'pragma')");
  if (!listed) return tl::make_unexpected(listed.error());
  Names found;
  const Status read = for_each_row(
      *listed, [&](const Rows& rows, std::size_t i) { found.insert(lower(rows.text(0, i))); });
  if (!read) return tl::make_unexpected(read.error());
  names = std::move(found);
  return &names;
}

/// Where a name of a WITH clause is not in scope, the same word is looked up in the catalog, and
/// then as a file. Scopes are not followed here: a clause may not have a name that means anything
/// out of its scope.
Status check_with_names(Connection& connection, const Names& own) {
  if (own.empty()) return {};
  for (const std::string& name : own)
    if (!plain_word(name))
      return fail(Errc::refused,
                  "'{}' cannot name a WITH clause: letters, digits and underscores can", name);
  const auto taken = catalog_names(connection);
  if (!taken) return tl::make_unexpected(taken.error());
  std::string clash;
  for (const std::string& name : own)
    if ((*taken)->contains(name) && !tables.contains(name) && !table_functions.contains(name))
      clash = name;
  if (!clash.empty())
    return fail(Errc::refused, "'{}' is the name of something else: call the WITH clause otherwise",
                clash);
  return {};
}

/// Nodes that are calls of table functions.
using Sources = std::set<const Json*>;

Status check_node(const Json& node, const Names& own, Sources& sources) {
  const std::string type = string_at(node, "type");
  if (type == "base_table") {
    const std::string name = string_at(node, "table_name");
    const std::string schema = string_at(node, "schema_name");
    const bool plain = schema.empty() && string_at(node, "catalog_name").empty();
    const bool columns = schema == "information_schema" && (name == "columns" || name == "tables");
    if (!columns && !(plain && (tables.contains(name) || own.contains(name))))
      return fail(Errc::refused,
                  "there is no table '{}' to ask: samples, features, decisions, events, health, "
                  "ledger, gaps, assets, latest, downsampled, exports and deletions are",
                  name);
  }
  // DESCRIBE and SUMMARIZE carry the query they describe; SHOW alone lists what is not theirs to
  // see.
  if (type == "show_ref" && !node.value("query", Json()).is_object())
    return fail(Errc::refused, "SHOW is not allowed in a query");
  if (type == "table_function" && node.contains("function")) {
    const std::string name = string_at(node["function"], "function_name");
    if (!table_functions.contains(name))
      return fail(Errc::refused, "the table function '{}' is not allowed in a query", name);
    sources.insert(&node["function"]);
  }
  if (string_at(node, "class") == "function") {
    const std::string name = string_at(node, "function_name");
    if (functions_refused.contains(name))
      return fail(Errc::refused, "the function '{}' is not allowed in a query", name);
    if (!sources.contains(&node)) return check_growth(name, node);
  }
  return {};
}

Status check_tree(const Json& root, const Names& own) {
  std::vector<const Json*> todo{&root};
  std::size_t seen = 0;
  Sources sources;
  while (!todo.empty()) {
    const Json& node = *todo.back();
    todo.pop_back();
    if (++seen > nodes_max) return fail(Errc::refused, "the query is too large");
    if (node.is_object())
      if (const Status checked = check_node(node, own, sources); !checked) return checked;
    if (node.is_structured())
      for (const Json& child : node) todo.push_back(&child);
  }
  return {};
}

/// Exactly one statement, and a SELECT.
Status check_statement(Connection& connection, const std::string& sql) {
  ExtractedHandle statements;
  const idx_t count = duckdb_extract_statements(connection.get(), sql.c_str(), statements.out());
  if (count == 0) {
    const char* why = duckdb_extract_statements_error(statements.get());
    return tl::make_unexpected(
        to_error(DUCKDB_ERROR_PARSER, why ? why : "expected a SELECT, found nothing"));
  }
  if (count > 1) return fail(Errc::refused, "expected one SELECT, found {} statements", count);
  return {};
}

}  // namespace

Status check_query(Connection& connection, const std::string& sql) {
  if (sql.size() > sql_bytes_max) return fail(Errc::refused, "the query is longer than 64 KiB");
  if (sql.find('\0') != std::string::npos) return fail(Errc::invalid, "the query contains a NUL");
  if (const Status one = check_statement(connection, sql); !one) return one;
  auto serialized =
      connection.rows("SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", {Parameter::of(sql)});
  if (!serialized) return tl::make_unexpected(serialized.error());
  std::string text;
  const Status read =
      for_each_row(*serialized, [&](const Rows& rows, std::size_t i) { text = rows.text(0, i); });
  if (!read) return tl::make_unexpected(read.error());
  const Json tree = Json::parse(text, nullptr, false);
  if (!tree.is_object() || tree.value("error", true)) {
    if (tree.is_object() && tree.value("error_type", "") == "parser")
      return fail(Errc::invalid, "{}", tree.value("error_message", "not SQL"));
    return fail(Errc::refused, "only a SELECT can be asked");
  }
  const Names own = with_names(tree);
  if (const Status named = check_with_names(connection, own); !named) return named;
  return check_tree(tree, own);
}

}  // namespace wayside::hub::duck
