#pragma once

#include <string_view>

#include "features/ast.hpp"
#include "features/lexer.hpp"

namespace wayside::features {

/// Deepest nesting of brackets, calls and unary operators.
inline constexpr int expression_depth_max = 64;

/// Reads one expression; from weakest to strongest:
///
///   or;  and;  not;  < <= > >= == != (not chained);  + -;  * /;  unary -;
///   number, duration, frequency, name, name(expression, …), (expression)
[[nodiscard]] Syntax<Ast> parse(std::string_view text);

}  // namespace wayside::features
