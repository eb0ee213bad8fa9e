#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::hub::click {

struct Token {
  enum class Kind : std::uint8_t { word, quoted_word, text, number, sign };
  Kind kind = Kind::sign;
  std::string text;      ///< as written; a word in lower case, a quoted one without its quotes
  std::string_view raw;  ///< its place in the query

  [[nodiscard]] bool is(std::string_view sign_or_word) const {
    return kind != Kind::text && kind != Kind::quoted_word && text == sign_or_word;
  }
  [[nodiscard]] bool is_name() const { return kind == Kind::word || kind == Kind::quoted_word; }
};

/// The tokens of a query in ClickHouse's language, without comments. `sql` must outlive them.
/// Errors: `invalid` for a text, a name or a comment without an end and for a byte that begins
/// nothing.
[[nodiscard]] Result<std::vector<Token>> tokens_of(std::string_view sql);

}  // namespace wayside::hub::click
