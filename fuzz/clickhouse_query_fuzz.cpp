// Any text as a question to ClickHouse: refused, or written anew as something that reads the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "hub/store/clickhouse/guard.hpp"
#include "hub/store/clickhouse/lexer.hpp"

using namespace wayside::hub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string sql(reinterpret_cast<const char*>(data), size);
  const click::Layout layout{"wayside", ""};
  const auto checked = click::check_query(sql, layout, {7, 0, {}});
  if (!checked) return 0;
  // What the server gets has no comments, and the tokens that were checked, but for the tables.
  const auto before = click::tokens_of(sql);
  const auto after = click::tokens_of(*checked);
  WAYSIDE_ASSERT(before && after, "a checked query has tokens");
  WAYSIDE_ASSERT(after->size() + 1 >= before->size(), "no token is lost");
  const auto count = [](const std::vector<click::Token>& tokens, click::Token::Kind kind) {
    std::size_t n = 0;
    for (const click::Token& token : tokens)
      if (token.kind == kind && token.raw != "''") ++n;
    return n;
  };
  if (sql.find("ledger") == std::string::npos && sql.find("gaps") == std::string::npos)
    WAYSIDE_ASSERT(
        count(*before, click::Token::Kind::text) == count(*after, click::Token::Kind::text),
        "texts stay texts");
  return 0;
}
