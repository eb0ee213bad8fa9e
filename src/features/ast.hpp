#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace wayside::features {

/// What a node computes from its arguments.
enum class Op : std::uint8_t {
  constant,
  load,
  negate,
  not_,
  abs,
  log,
  exp,
  sqrt,
  add,
  subtract,
  multiply,
  divide,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  and_,
  or_,
  min,
  max,
  if_,
  clamp,
};

/// `+`, `and`, …; empty for an operation that is written as a function.
[[nodiscard]] std::string_view symbol(Op op);

struct Node {
  enum class Kind : std::uint8_t { number, duration, frequency, name, operation, call };
  Kind kind = Kind::number;
  Op op = Op::constant;    ///< of an operation
  std::size_t offset = 0;  ///< of the literal, name or operator
  std::size_t begin = 0;   ///< of the first character of the whole
  std::string name;        ///< of a name or call
  double number = 0;       ///< of a frequency in hertz
  Duration duration;
  std::vector<std::uint32_t> args;  ///< indexes of nodes
};

/// An expression as nodes in postfix order: arguments stand before what uses them and the last node
/// is the whole, so that every pass over it is a loop, not a recursion.
struct Ast {
  std::vector<Node> nodes;

  [[nodiscard]] const Node& root() const { return nodes.back(); }
  /// The same expression in one spelling: fully bracketed, numbers exact, durations shortest.
  [[nodiscard]] std::string canonical() const;
};

}  // namespace wayside::features
