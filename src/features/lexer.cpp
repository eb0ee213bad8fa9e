#include "features/lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace wayside::features {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct Symbol {
  std::string_view text;
  TokenKind kind;
};
// Longer symbols first, so that `<=` is not read as `<`.
constexpr std::array<Symbol, 13> symbols{{{"<=", TokenKind::less_equal},
                                          {">=", TokenKind::greater_equal},
                                          {"==", TokenKind::equal},
                                          {"!=", TokenKind::not_equal},
                                          {"<", TokenKind::less},
                                          {">", TokenKind::greater},
                                          {"+", TokenKind::plus},
                                          {"-", TokenKind::minus},
                                          {"*", TokenKind::times},
                                          {"/", TokenKind::divide},
                                          {"(", TokenKind::left_paren},
                                          {")", TokenKind::right_paren},
                                          {",", TokenKind::comma}}};

struct Hertz {
  std::string_view text;
  double factor;
};
constexpr std::array<Hertz, 3> frequencies{{{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}}};

/// Whatever the case of its letters; a wrong one is told later.
const Hertz* find_hertz(std::string_view unit) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  for (const Hertz& known : frequencies)
    if (std::equal(unit.begin(), unit.end(), known.text.begin(), known.text.end(), same))
      return &known;
  return nullptr;
}

/// Operators of other languages, and what is written here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> foreign{{{"&&", "and"},
                                                                                {"||", "or"},
                                                                                {"<>", "!="},
                                                                                {"&", "and"},
                                                                                {"|", "or"},
                                                                                {"=", "=="},
                                                                                {"!", "not"}}};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Syntax<std::vector<Token>> run() {
    if (text_.size() > expression_chars_max)
      return error(expression_chars_max,
                   fmt::format("expression is longer than {} characters", expression_chars_max));
    std::vector<Token> tokens;
    while (true) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      auto token = next();
      if (!token) return tl::make_unexpected(std::move(token.error()));
      tokens.push_back(*token);
      if (token->kind == TokenKind::end) return tokens;
    }
  }

 private:
  Syntax<Token> next() {
    if (at_ == text_.size()) return take(TokenKind::end, 0);
    const char c = text_[at_];
    if (is_letter(c)) return name();
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
      return number();
    return symbol();
  }

  Syntax<Token> name() {
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) ||
                                  (text_[end] == '.' && end + 1 < text_.size() &&
                                   (is_letter(text_[end + 1]) || is_digit(text_[end + 1])))))
      ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    TokenKind kind = TokenKind::name;
    if (word == "and") kind = TokenKind::and_;
    if (word == "or") kind = TokenKind::or_;
    if (word == "not") kind = TokenKind::not_;
    return take(kind, word.size());
  }

  Syntax<Token> number() {
    const char* begin = text_.data() + at_;
    const char* end = text_.data() + text_.size();
    double value = 0;
    const auto [stop, code] = std::from_chars(begin, end, value);
    const auto digits = static_cast<std::size_t>(stop - begin);
    if (const std::string_view unit = word_at(at_ + digits); !unit.empty()) {
      const Hertz* hertz = find_hertz(unit);
      if (hertz != nullptr && hertz->text != unit)
        return error(at_ + digits, fmt::format("'{}' is written {} here", unit, hertz->text));
      if (hertz != nullptr) return frequency(value, *hertz, code, digits + unit.size());
      return duration(digits + unit.size());
    }
    // A frequency may stand apart from its unit, as it does in a signal's rate.
    std::size_t space = at_ + digits;
    while (space < text_.size() && is_space(text_[space])) ++space;
    const std::string_view unit = word_at(space);
    if (const Hertz* hertz = find_hertz(unit); hertz != nullptr && hertz->text == unit)
      return frequency(value, *hertz, code, space + unit.size() - at_);
    if (code != std::errc{} || !std::isfinite(value)) return out_of_range(digits);
    Token token = take(TokenKind::number, digits);
    token.number = value;
    return token;
  }

  /// What follows a number: a unit, and the rest of a duration such as 1h30min.
  [[nodiscard]] std::string_view word_at(std::size_t begin) const {
    if (begin >= text_.size() || !is_letter(text_[begin])) return {};
    std::size_t end = begin;
    while (end < text_.size() &&
           (is_letter(text_[end]) || is_digit(text_[end]) ||
            (text_[end] == '.' && end + 1 < text_.size() && is_digit(text_[end + 1]))))
      ++end;
    return text_.substr(begin, end - begin);
  }

  Syntax<Token> duration(std::size_t length) {
    const auto parsed = parse_duration(text_.substr(at_, length));
    if (!parsed) return error(at_, parsed.error().message);
    Token token = take(TokenKind::duration, length);
    token.duration = *parsed;
    return token;
  }

  Syntax<Token> frequency(double number, const Hertz& unit, std::errc code, std::size_t length) {
    const double hertz = number * unit.factor;
    if (code != std::errc{} || !std::isfinite(hertz)) return out_of_range(length);
    Token token = take(TokenKind::frequency, length);
    token.number = hertz;
    return token;
  }

  tl::unexpected<SyntaxError> out_of_range(std::size_t length) const {
    return error(at_, fmt::format("number '{}' is out of range", text_.substr(at_, length)));
  }

  Syntax<Token> symbol() {
    const std::string_view rest = text_.substr(at_);
    for (const auto& [text, ours] : foreign)
      if (rest.starts_with(text) && !rest.starts_with("==") && !rest.starts_with("!="))
        return error(at_, fmt::format("'{}' is not an operator here, write '{}'", text, ours));
    for (const Symbol& symbol : symbols)
      if (rest.starts_with(symbol.text)) return take(symbol.kind, symbol.text.size());
    const auto byte = static_cast<unsigned char>(rest.front());
    if (byte > 0x20 && byte < 0x7f)
      return error(at_, fmt::format("unexpected character '{}'", rest.front()));
    return error(at_, fmt::format("unexpected byte 0x{:02x}", byte));
  }

  Token take(TokenKind kind, std::size_t length) {
    Token token;
    token.kind = kind;
    token.offset = at_;
    token.text = text_.substr(at_, length);
    at_ += length;
    return token;
  }

  static tl::unexpected<SyntaxError> error(std::size_t offset, std::string message) {
    return tl::make_unexpected(SyntaxError{offset, std::move(message)});
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string Token::describe() const {
  switch (kind) {
    case TokenKind::end:
      return "the end";
    case TokenKind::number:
      return fmt::format("the number {}", text);
    case TokenKind::frequency:
      return fmt::format("the frequency {}", text);
    case TokenKind::duration:
      return fmt::format("the duration {}", text);
    default:
      return fmt::format("'{}'", text);
  }
}

Syntax<std::vector<Token>> tokenize(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace wayside::features
