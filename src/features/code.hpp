#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "features/ast.hpp"

namespace wayside::features {

/// A number counts as true when it is neither 0 nor NaN.
[[nodiscard]] inline bool truth(double x) {
  return x != 0 && !std::isnan(x);
}

/// An expression over numbered slots, for a stack machine. Evaluating allocates nothing. NaN in
/// gives NaN out, but for comparisons (0), logic (NaN is not true) and the branch `if` leaves out.
class Code {
 public:
  /// Deepest stack.
  static constexpr std::size_t stack_max = 256;

  /// False, and nothing done, where the stack would outgrow stack_max.
  [[nodiscard]] bool constant(double value);
  [[nodiscard]] bool load(std::uint32_t slot);
  /// Takes `args` values off the stack; min and max take one or more, the others what they need.
  void apply(Op op, std::uint32_t args);

  /// `slots` must hold every slot that is loaded.
  [[nodiscard]] double run(std::span<const double> slots) const;
  /// The slot where the code is nothing but a load.
  [[nodiscard]] std::optional<std::uint32_t> plain_load() const;
  /// Loads `to` wherever `from` is loaded.
  void rename(std::uint32_t from, std::uint32_t to);
  /// The slots loaded, ascending, each once.
  [[nodiscard]] std::vector<std::size_t> slots() const;
  [[nodiscard]] std::size_t size() const { return instructions_.size(); }

 private:
  struct Instruction {
    Op op;
    std::uint32_t operand;  ///< a constant's index, a slot, or the count of arguments
  };
  [[nodiscard]] bool push(Op op, std::uint32_t operand);

  std::vector<Instruction> instructions_;
  std::vector<double> constants_;
  std::size_t depth_ = 0;
};

}  // namespace wayside::features
