#include "hub/store/clickhouse/guard.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <set>

#include "hub/store/clickhouse/lexer.hpp"

namespace wayside::hub::click {
namespace {

using Kind = Token::Kind;
using Names = std::set<std::string, std::less<>>;

constexpr std::size_t sql_bytes_max = 64u << 10;
constexpr std::size_t tokens_max = 20'000;

// They begin or change statements. `truncate` and its like are functions too, before a parenthesis.
const Names words_refused{"insert", "update",   "delete",   "alter",    "create",   "drop",
                          "rename", "exchange", "attach",   "detach",   "optimize", "kill",
                          "use",    "show",     "describe", "explain",  "grant",    "revoke",
                          "watch",  "backup",   "restore",  "parallel", "settings", "format",
                          "into",   "outfile",  "infile",   "execute",  "truncate", "undrop"};

// They tell of the server, wait, or read what is not ours; everything else computes.
const Names functions_refused{"addresstoline",
                              "addresstosymbol",
                              "buildid",
                              "currentdatabase",
                              "currentprofiles",
                              "currentroles",
                              "currentuser",
                              "defaultprofiles",
                              "defaultroles",
                              "demangle",
                              "displayname",
                              "enabledprofiles",
                              "enabledroles",
                              "executable",
                              "file",
                              "fqdn",
                              "fullhostname",
                              "hascolumnintable",
                              "hostname",
                              "input",
                              "logtrace",
                              "modelevaluate",
                              "queryid",
                              "query_id",
                              "initialqueryid",
                              "initial_query_id",
                              "schema",
                              "database",
                              "serveruuid",
                              "shardcount",
                              "shardnum",
                              "showcertificate",
                              "tcpport",
                              "trap",
                              "uptime",
                              "user",
                              "version",
                              "evalmlmethod",
                              "connectionid",
                              "connection_id",
                              "current_user",
                              "current_database"};
constexpr std::array<std::string_view, 17> prefixes_refused{
    "ai",          "catboost", "dict",  "filesystem", "generateserialid", "getclient",
    "getmacro",    "getmax",   "getos", "getserver",  "getsetting",       "globalin",
    "globalnotin", "joinget",  "notin", "sleep",      "zookeeper"};

/// After them a FROM has no more tables: words that no version takes for a name there. What only
/// later versions take for the begin of a clause (window, qualify, offset, fetch, except,
/// intersect) is an alias to earlier ones, and may be followed by a join.
const Names ends_of_from{"prewhere", "where", "group", "having", "order", "limit", "union"};
// What may stand behind a table and is no alias.
const Names no_aliases{"prewhere", "where",   "group",  "having", "order",  "limit",     "union",
                       "window",   "qualify", "offset", "fetch",  "except", "intersect", "final",
                       "sample",   "array",   "left",   "right",  "inner",  "full",      "cross",
                       "any",      "all",     "asof",   "semi",   "anti",   "global",    "join",
                       "on",       "using",   "as",     "paste",  "outer",  "local"};
// Behind them something has to follow, so that what does is an operand, whatever its name.
const Names no_operands{
    "and",   "or",     "not",      "where",    "prewhere",  "having", "qualify", "on",
    "using", "select", "distinct", "by",       "when",      "then",   "else",    "case",
    "like",  "ilike",  "between",  "is",       "in",        "global", "div",     "mod",
    "xor",   "regexp", "rlike",    "interval", "as",        "with",   "from",    "join",
    "limit", "offset", "union",    "except",   "intersect", "group",  "order"};

// Databases that tell of the server.
const Names databases_refused{"system", "information_schema", "_temporary_and_external_tables"};

/// One of our tables that users do not ask.
bool is_internal(std::string_view name) {
  if (name.ends_with("_all")) name.remove_suffix(4);
  constexpr std::array<std::string_view, 7> others{"stream_rows",   "latest_rows",   "writer_rows",
                                                   "removal_rows",  "deletion_rows", "export_rows",
                                                   "wayside_schema"};
  return std::find(others.begin(), others.end(), name) != others.end() ||
         std::any_of(row_tables.begin(), row_tables.end(),
                     [&](const RowTable& table) { return table.name == name; });
}

class Guard {
 public:
  Guard(std::vector<Token> tokens, const Layout& layout, const Snapshot& snapshot)
      : tokens_(std::move(tokens)),
        replaced_(tokens_.size()),
        layout_(layout),
        snapshot_(snapshot) {}

  Result<std::string> run() {
    for (const auto step : {&Guard::check_shape, &Guard::match_parentheses, &Guard::find_with_names,
                            &Guard::check_words, &Guard::check_tables, &Guard::check_sets})
      if (const Status done = (this->*step)(); !done) return tl::make_unexpected(done.error());
    return text();
  }

 private:
  [[nodiscard]] bool at(std::size_t i, std::string_view text) const {
    return i < tokens_.size() && tokens_[i].is(text);
  }
  [[nodiscard]] bool name_at(std::size_t i) const {
    return i < tokens_.size() && tokens_[i].is_name();
  }

  Status check_shape() {
    if (!tokens_.empty() && tokens_.back().is(";")) tokens_.pop_back();
    if (tokens_.empty()) return fail(Errc::invalid, "expected a SELECT, found nothing");
    if (tokens_.size() > tokens_max) return fail(Errc::refused, "the query is too large");
    if (!at(0, "select") && !at(0, "with") && !at(0, "("))
      return fail(Errc::refused, "only a SELECT can be asked, found '{}'", tokens_[0].raw);
    for (const Token& token : tokens_) {
      if (token.is(";"))
        return fail(Errc::refused, "expected one SELECT, found several statements");
      if (token.is("{") || token.is("}"))
        return fail(Errc::refused, "found '{}', which stands for a parameter: there are none",
                    token.raw);
      if (token.kind == Kind::quoted_word &&
          token.text.find_first_of("\\`\"'") != std::string::npos)
        return fail(Errc::refused, "the name {} has a quote or a backslash in it", token.raw);
    }
    return {};
  }

  Status match_parentheses() {
    closing_.assign(tokens_.size(), 0);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (at(i, "(") || at(i, "[")) open.push_back(i);
      if (!at(i, ")") && !at(i, "]")) continue;
      if (open.empty() || at(open.back(), "(") != at(i, ")"))
        return fail(Errc::invalid, "a '{}' closes nothing", tokens_[i].raw);
      closing_[open.back()] = i;
      open.pop_back();
    }
    if (!open.empty()) return fail(Errc::invalid, "a '{}' is not closed", tokens_[open.back()].raw);
    return {};
  }

  /// `NAME AS (`, wherever it stands. Scopes are not followed: where a name is not in its scope, it
  /// means the view of that name, or nothing; never a table of ours that users do not ask.
  Status find_with_names() {
    for (std::size_t i = 1; i + 2 < tokens_.size(); ++i) {
      const bool begins = at(i - 1, "with") || at(i - 1, "recursive") || at(i - 1, ",");
      if (!begins || !name_at(i) || !at(i + 1, "as") || !at(i + 2, "(")) continue;
      if (is_internal(lower(i)))
        return fail(Errc::refused, "'{}' is the name of something else: call it otherwise",
                    tokens_[i].text);
      own_.insert(tokens_[i].text);
    }
    return {};
  }

  Status check_words() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].is_name() &&
          (is_internal(lower(i)) || (at(i + 1, ".") && databases_refused.contains(lower(i)))))
        return no_table(i, at(i + 1, ".") ? i + 2 : i);
      const bool called = at(i + 1, "(");
      if (tokens_[i].kind == Kind::word && !called && words_refused.contains(tokens_[i].text))
        return fail(Errc::refused, "'{}' is not allowed in a query", tokens_[i].raw);
      if (const Status joined = check_joined(i); !joined) return joined;
      if (!called || !tokens_[i].is_name()) continue;
      const std::string name = lower(i);
      const bool refused =
          functions_refused.contains(name) ||
          std::any_of(prefixes_refused.begin(), prefixes_refused.end(),
                      [&](std::string_view prefix) { return name.starts_with(prefix); }) ||
          name.starts_with("nullin") || name.starts_with("notnullin");
      if (refused)
        return fail(Errc::refused, "the function '{}' is not allowed in a query", tokens_[i].raw);
    }
    return {};
  }

  /// Whether the JOIN here is of an array; `AS array JOIN` is of a table with that alias.
  [[nodiscard]] bool joins_array(std::size_t i) const {
    return at(i, "join") && at(i - 1, "array") && !at(i - 2, "as") && !at(i - 2, ".");
  }

  /// Wherever a JOIN stands, and whatever `check_from` makes of the words before it: no table of
  /// another database and no table function follows it.
  Status check_joined(std::size_t i) {
    if (!at(i, "join") || !name_at(i + 1) || joins_array(i) || at(i - 1, ".")) return {};
    if (at(i + 2, ".")) return no_table(i + 1, i + 3);
    if (at(i + 2, "("))
      return fail(Errc::refused, "the table function '{}' is not allowed in a query",
                  tokens_[i + 1].raw);
    return {};
  }

  /// `EXCEPT SELECT` and `INTERSECT SELECT`, which no version reads as a table's alias.
  [[nodiscard]] bool begins_next_select(std::size_t i) const {
    if (!at(i, "except") && !at(i, "intersect")) return false;
    ++i;
    if (at(i, "all") || at(i, "distinct")) ++i;
    return at(i, "select") || at(i, "(");
  }

  Status check_tables() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!at(i, "from")) continue;
      if (const Status checked = check_from(i + 1); !checked) return checked;
    }
    return {};
  }

  /// Whether an operand can end with this token, so that a clause or an operator may follow it.
  [[nodiscard]] bool ends_operand(std::size_t i) const {
    if (i >= tokens_.size()) return false;
    const Token& token = tokens_[i];
    if (token.kind == Kind::sign) return token.is(")") || token.is("]") || token.is("*");
    // Behind a dot every word is a name.
    if (i > 0 && at(i - 1, ".")) return true;
    return token.kind != Kind::word || !no_operands.contains(token.text);
  }

  /// The tables of one FROM, up to where its clause ends; what is in parentheses has its own.
  Status check_from(std::size_t i) {
    enum class List { tables, columns, expressions } list = List::tables;
    if (const Status table = check_table(i); !table) return table;
    while (i < tokens_.size()) {
      if (at(i, ")") || at(i, "]")) return {};
      if (at(i, "(") || at(i, "[")) {
        i = closing_[i] + 1;
      } else if (at(i, ".") || at(i, "as")) {
        i += 2;  // a name, whatever the word
      } else if (begins_next_select(i)) {
        return {};
      } else if (tokens_[i].kind == Kind::word && ends_of_from.contains(tokens_[i].text)) {
        if (ends_operand(i - 1)) return {};
        return fail(Errc::refused, "found '{}' where a name is expected: put it in backquotes",
                    tokens_[i].raw);
      } else if (joins_array(i)) {
        list = List::expressions;
        ++i;
      } else if (at(i, "join") || (at(i, ",") && list == List::tables)) {
        list = List::tables;
        if (const Status table = check_table(++i); !table) return table;
      } else if (at(i, ",") && list == List::columns) {
        return fail(Errc::refused,
                    "found a ',' behind ON or USING: put what belongs together in parentheses, and "
                    "join with JOIN");
      } else {
        if (at(i, "on") || at(i, "using")) list = List::columns;
        ++i;
      }
    }
    return {};
  }

  /// What stands where a table does: moves past it, and notes what takes its place.
  Status check_table(std::size_t& i) {
    if (at(i, "(")) {
      // A SELECT, checked where its own FROM is met; more parentheses; no list of tables.
      std::size_t inside = i;
      while (at(inside, "(")) ++inside;
      if (!at(inside, "select") && !at(inside, "with"))
        return fail(Errc::refused, "expected a SELECT in the parentheses behind FROM or JOIN");
      i = closing_[i] + 1;
      return {};
    }
    if (!name_at(i)) return fail(Errc::invalid, "expected a table behind FROM or JOIN");
    if (at(i + 1, ".")) return no_table(i, i + 2);
    if (at(i + 1, "("))
      return fail(Errc::refused, "the table function '{}' is not allowed in a query",
                  tokens_[i].raw);
    if (own_.contains(tokens_[i].text)) {
      ++i;
      return {};
    }
    const UserTable* table = find_user_table(tokens_[i].text);
    if (table == nullptr) return no_table(i, i);
    const bool alias =
        at(i + 1, "as") || tokens_.size() <= i + 1
            ? at(i + 1, "as")
            : tokens_[i + 1].kind == Kind::quoted_word ||
                  (tokens_[i + 1].kind == Kind::word && !no_aliases.contains(tokens_[i + 1].text));
    replaced_[i] = fmt::format("({}){}", select_of(*table, layout_, snapshot_.where(table->rows)),
                               alias ? "" : " AS " + std::string(table->name));
    ++i;
    return {};
  }

  Status no_table(std::size_t first, std::size_t last) const {
    std::string name;
    for (std::size_t i = first; i <= last && i < tokens_.size(); ++i) name += tokens_[i].text;
    return fail(Errc::refused,
                "there is no table '{}' to ask: samples, features, decisions, events, health, "
                "ledger, gaps, assets, latest, downsampled, exports and deletions are",
                name);
  }

  /// Behind IN a name alone would be a table's, in parentheses too.
  Status check_sets() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!at(i, "in")) continue;
      std::size_t before = i;
      while (before > 0 && (at(before - 1, "not") || at(before - 1, "global"))) --before;
      if (before == 0 || !ends_operand(before - 1))
        return fail(Errc::refused, "IN is not allowed as a function: write x IN (…)");
      std::size_t inside = i + 1;
      while (at(inside, "(")) ++inside;
      if (!name_at(inside) || at(inside, "select") || at(inside, "with")) continue;
      std::size_t end = inside + 1;
      while (at(end, ".")) end += 2;
      const bool call_or_more = at(end, "(") || (inside > i + 1 && !at(end, ")"));
      if (!call_or_more && !own_.contains(tokens_[inside].text))
        return fail(Errc::refused, "found '{}' behind IN, expected a list of values or a SELECT",
                    tokens_[inside].raw);
    }
    return {};
  }

  /// Written anew from the tokens, so that the server reads what was read here.
  [[nodiscard]] std::string text() const {
    std::string out;
    const char* end = nullptr;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (end != nullptr && token.raw.data() != end) out += ' ';
      end = token.raw.data() + token.raw.size();
      if (!replaced_[i].empty())
        out += replaced_[i];
      else if (token.kind == Kind::quoted_word)
        out += '`' + token.text + '`';
      else if (token.kind == Kind::text)
        append_text(out, token.text);
      else
        out += token.raw;
    }
    return out;
  }

  /// `text` has its backslashes as written and its doubled quotes single.
  static void append_text(std::string& out, std::string_view text) {
    out += '\'';
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size())
        out += text[i++];
      else if (text[i] == '\'')
        out += '\\';
      out += text[i];
    }
    out += '\'';
  }

  [[nodiscard]] std::string lower(std::size_t i) const {
    std::string name = tokens_[i].text;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
  }

  std::vector<Token> tokens_;
  std::vector<std::string> replaced_;  ///< what stands for a token instead
  std::vector<std::size_t> closing_;   ///< of an opening parenthesis
  Names own_;
  const Layout& layout_;
  const Snapshot& snapshot_;
};

}  // namespace

Result<std::string> check_query(const std::string& sql, const Layout& layout,
                                const Snapshot& snapshot) {
  if (sql.size() > sql_bytes_max) return fail(Errc::refused, "the query is longer than 64 KiB");
  auto tokens = tokens_of(sql);
  if (!tokens) return tl::make_unexpected(tokens.error());
  return Guard(std::move(*tokens), layout, snapshot).run();
}

}  // namespace wayside::hub::click
