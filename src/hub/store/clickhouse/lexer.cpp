#include "hub/store/clickhouse/lexer.hpp"

#include <algorithm>
#include <cctype>

namespace wayside::hub::click {
namespace {

bool begins_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool goes_on_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    for (;;) {
      if (const Status skipped = skip(); !skipped) return tl::make_unexpected(skipped.error());
      if (at_ == sql_.size()) return tokens;
      auto token = next();
      if (!token) return tl::make_unexpected(token.error());
      tokens.push_back(std::move(*token));
    }
  }

 private:
  [[nodiscard]] bool starts(std::string_view text) const {
    return sql_.substr(at_).starts_with(text);
  }

  /// White space and comments, which ClickHouse does not nest.
  Status skip() {
    while (at_ < sql_.size()) {
      if (is_space(sql_[at_])) {
        ++at_;
      } else if (starts("--")) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (starts("/*")) {
        const std::size_t end = sql_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return fail(Errc::invalid, "a comment has no end");
        at_ = end + 2;
      } else {
        return {};
      }
    }
    return {};
  }

  Result<Token> next() {
    const std::size_t begin = at_;
    const char c = sql_[at_];
    Token token;
    if (begins_word(c)) {
      while (at_ < sql_.size() && goes_on_word(sql_[at_])) ++at_;
      token.kind = Token::Kind::word;
      token.text = sql_.substr(begin, at_ - begin);
      std::transform(token.text.begin(), token.text.end(), token.text.begin(),
                     [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      take_number();
      token.kind = Token::Kind::number;
      token.text = sql_.substr(begin, at_ - begin);
    } else if (c == '\'' || c == '"' || c == '`') {
      token.kind = c == '\'' ? Token::Kind::text : Token::Kind::quoted_word;
      if (const Status taken = take_quoted(c, token.text); !taken)
        return tl::make_unexpected(taken.error());
    } else if (const Status sign = take_sign(token); !sign) {
      return tl::make_unexpected(sign.error());
    }
    token.raw = sql_.substr(begin, at_ - begin);
    return token;
  }

  /// Decimal, hexadecimal, with a fraction or an exponent.
  void take_number() {
    while (at_ < sql_.size()) {
      const char c = sql_[at_];
      const bool exponent_sign = (c == '+' || c == '-') && at_ > 0 &&
                                 (sql_[at_ - 1] == 'e' || sql_[at_ - 1] == 'E') && !hexadecimal_;
      if (c == 'x' || c == 'X') hexadecimal_ = true;
      if (!goes_on_word(c) && c != '.' && !exponent_sign) break;
      ++at_;
    }
    hexadecimal_ = false;
  }

  /// A quote within is doubled, or stands behind a backslash.
  Status take_quoted(char quote, std::string& out) {
    for (++at_; at_ < sql_.size(); ++at_) {
      const char c = sql_[at_];
      if (c == '\\' && at_ + 1 < sql_.size()) {
        // What it stands for does not matter in a text, and no name of ours has one.
        out += c;
        out += sql_[++at_];
      } else if (c != quote) {
        out += c;
      } else if (at_ + 1 < sql_.size() && sql_[at_ + 1] == quote) {
        out += c;
        ++at_;
      } else {
        ++at_;
        return {};
      }
    }
    return fail(Errc::invalid, "a {} has no end", quote == '\'' ? "text" : "name in quotes");
  }

  Status take_sign(Token& token) {
    constexpr std::string_view signs = "()[]{},.;+-*/%=<>!|:?";
    if (signs.find(sql_[at_]) == std::string_view::npos) {
      const auto byte = static_cast<unsigned char>(sql_[at_]);
      if (byte < 0x20 || byte >= 0x7f)
        return fail(Errc::invalid, "found the byte {:#04x} outside of quotes", unsigned{byte});
      return fail(Errc::invalid, "found '{}', which has no meaning here", sql_[at_]);
    }
    token.kind = Token::Kind::sign;
    token.text = sql_.substr(at_++, 1);
    return {};
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  bool hexadecimal_ = false;
};

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view sql) {
  return Lexer(sql).run();
}

}  // namespace wayside::hub::click
