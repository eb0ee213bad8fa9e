#include "features/code.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"
#include "features/elementary.hpp"

namespace wayside::features {
namespace {

// NaN where either is.
double smaller(double a, double b) {
  return std::isnan(a) || a < b ? a : b;
}
double larger(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}

double unary(Op op, double x) {
  switch (op) {
    case Op::negate:
      return -x;
    case Op::not_:
      return truth(x) ? 0 : 1;
    case Op::abs:
      return std::fabs(x);
    case Op::log:
      return elementary::log(x);
    case Op::exp:
      return elementary::exp(x);
    default:
      return std::sqrt(x);
  }
}

double binary(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::greater:
      return a > b;
    case Op::greater_equal:
      return a >= b;
    case Op::equal:
      return a == b;
    case Op::not_equal:
      return a < b || a > b;  // unlike `!=`, 0 with NaN
    case Op::and_:
      return truth(a) && truth(b);
    default:
      return truth(a) || truth(b);
  }
}

/// Of `values`, the arguments in order.
double apply_to(Op op, std::span<const double> values) {
  switch (op) {
    case Op::min:
    case Op::max: {
      double best = values[0];
      for (const double value : values.subspan(1))
        best = op == Op::min ? smaller(best, value) : larger(best, value);
      return best;
    }
    case Op::if_:
      return truth(values[0]) ? values[1] : values[2];
    case Op::clamp:
      return smaller(larger(values[0], values[1]), values[2]);
    default:
      return values.size() == 1 ? unary(op, values[0]) : binary(op, values[0], values[1]);
  }
}

}  // namespace

bool Code::push(Op op, std::uint32_t operand) {
  if (depth_ == stack_max) return false;
  instructions_.push_back({op, operand});
  ++depth_;
  return true;
}

bool Code::constant(double value) {
  constants_.push_back(value);
  return push(Op::constant, static_cast<std::uint32_t>(constants_.size() - 1));
}

bool Code::load(std::uint32_t slot) {
  return push(Op::load, slot);
}

void Code::apply(Op op, std::uint32_t args) {
  WAYSIDE_ASSERT(args >= 1 && args <= depth_, "an operation takes what is on the stack");
  instructions_.push_back({op, args});
  depth_ -= args - 1;
}

double Code::run(std::span<const double> slots) const {
  double stack[stack_max];
  stack[0] = std::numeric_limits<double>::quiet_NaN();  // of no code at all
  std::size_t top = 0;
  for (const auto& [op, operand] : instructions_) {
    if (op == Op::constant) {
      stack[top++] = constants_[operand];
    } else if (op == Op::load) {
      stack[top++] = slots[operand];
    } else {
      top -= operand;
      stack[top] = apply_to(op, {stack + top, operand});
      ++top;
    }
  }
  return stack[0];
}

std::optional<std::uint32_t> Code::plain_load() const {
  if (instructions_.size() != 1 || instructions_[0].op != Op::load) return std::nullopt;
  return instructions_[0].operand;
}

void Code::rename(std::uint32_t from, std::uint32_t to) {
  for (Instruction& instruction : instructions_)
    if (instruction.op == Op::load && instruction.operand == from) instruction.operand = to;
}

std::vector<std::size_t> Code::slots() const {
  std::vector<std::size_t> slots;
  for (const auto& [op, operand] : instructions_)
    if (op == Op::load) slots.push_back(operand);
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return slots;
}

}  // namespace wayside::features
