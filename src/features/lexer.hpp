#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/time.hpp"

namespace wayside::features {

/// Longest expression read, in bytes.
inline constexpr std::size_t expression_chars_max = 4096;

enum class TokenKind : std::uint8_t {
  end,
  number,
  duration,
  frequency,
  name,  ///< letters, digits, `_`; parts may be joined by dots
  plus,
  minus,
  times,
  divide,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  left_paren,
  right_paren,
  comma,
  and_,
  or_,
  not_,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t offset = 0;  ///< byte position in the expression
  std::string_view text;   ///< part of the expression
  double number = 0;       ///< of a frequency in hertz
  Duration duration;

  /// "','", "the number 5", "the end": for error messages.
  [[nodiscard]] std::string describe() const;
};

/// A mistake in an expression, at a byte position of it.
struct SyntaxError {
  std::size_t offset = 0;
  std::string message;
};

template <class T>
using Syntax = tl::expected<T, SyntaxError>;

/// The tokens of `text`, the last of which is `end`. `text` must outlive them.
[[nodiscard]] Syntax<std::vector<Token>> tokenize(std::string_view text);

}  // namespace wayside::features
