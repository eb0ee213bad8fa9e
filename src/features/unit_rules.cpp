#include "features/unit_rules.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "telemetry/udunits/units.hpp"

namespace wayside::features {
namespace {

/// Longer derived units help nobody.
constexpr std::size_t unit_chars_max = 60;

bool is_simple(const std::string& unit) {
  return std::all_of(unit.begin(), unit.end(),
                     [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; });
}

/// As part of a longer unit. A bare `g` is an acceleration, in a compound UDUNITS reads grams.
std::string part(const std::string& unit) {
  if (unit == "g") return "standard_free_fall";
  return is_simple(unit) || unit == "1" ? unit : fmt::format("({})", unit);
}

std::string limited(const std::string& unit) {
  return unit.size() > unit_chars_max ? std::string{} : unit;
}

bool gives_number(Op op) {
  return op == Op::not_ || (op >= Op::less && op <= Op::or_);
}

}  // namespace

bool UnitRules::has_offset(const std::string& unit) const {
  const auto kelvin = units_->conversion(unit, "K");
  return kelvin && kelvin->offset != 0;
}

std::string UnitRules::difference(const std::string& unit) const {
  if (unit.empty() || !has_offset(unit)) return unit;
  for (const char* scale : {"K", "degR"})
    if (const auto to = units_->conversion(unit, scale); to && std::fabs(to->scale - 1) < 1e-12)
      return scale;
  return {};
}

std::string UnitRules::of_window(UnitRule rule, const std::string& signal) const {
  if (units_ == nullptr) return {};
  std::string step = difference(signal);
  switch (rule) {
    case UnitRule::same:
      return signal;
    case UnitRule::number:
      return "1";
    case UnitRule::difference:
      return step;
    case UnitRule::difference_squared:
      return step.empty() || step == "1" ? step : limited(part(step) + "^2");
    case UnitRule::per_second:
      return step.empty() ? step : limited(part(step) + "/s");
    case UnitRule::sum:
      return has_offset(signal) ? std::string{} : signal;
  }
  return {};
}

std::string UnitRules::of(const Ast& ast, std::span<const std::string> leaves,
                          Reporter& reporter) const {
  if (units_ == nullptr) return {};
  std::vector<Term> terms(ast.nodes.size());
  for (std::size_t i = 0; i < ast.nodes.size(); ++i) {
    const Node& node = ast.nodes[i];
    const bool leaf = node.kind == Node::Kind::name ||
                      (node.kind == Node::Kind::call && window_call(ast, node) != nullptr);
    terms[i] = leaf ? Term{leaves[i]} : of_node(node, terms, reporter);
  }
  return terms.back().literal ? "1" : terms.back().unit;
}

UnitRules::Term UnitRules::of_node(const Node& node, std::span<const Term> terms,
                                   Reporter& reporter) const {
  if (node.kind == Node::Kind::number) return {{}, true};
  if (node.kind == Node::Kind::duration || node.kind == Node::Kind::frequency) return {};
  const std::string what = node.kind == Node::Kind::call ? node.name : std::string(symbol(node.op));
  const ScalarFunction* function = node.kind == Node::Kind::call ? find_scalar(node.name) : nullptr;
  const Op op = function != nullptr ? function->op : node.op;
  std::span<const std::uint32_t> args = node.args;
  switch (op) {
    case Op::negate:
    case Op::abs:
      return terms[args[0]];
    case Op::log:
    case Op::exp:
    case Op::sqrt:
      return terms[args[0]].unit == "1" ? Term{"1"} : Term{};
    case Op::add:
    case Op::subtract:
      return sum(node, terms[args[0]], terms[args[1]], reporter);
    case Op::multiply:
    case Op::divide:
      return product(op, terms[args[0]], terms[args[1]]);
    case Op::not_:
    case Op::and_:
    case Op::or_:
      return {"1"};
    case Op::if_:
      return alike(node, what, terms, args.subspan(1), reporter);
    default: {
      const Term common = alike(node, what, terms, args, reporter);
      return gives_number(op) ? Term{"1"} : common;
    }
  }
}

UnitRules::Term UnitRules::sum(const Node& node, const Term& a, const Term& b,
                               Reporter& reporter) const {
  if (a.literal && b.literal) return a;
  if (a.literal || b.literal) return a.literal ? b : a;
  if (a.unit.empty() || b.unit.empty()) return {};
  if (!fit(node, std::string(symbol(node.op)), a.unit, b.unit, true, reporter)) return {};
  if (node.op == Op::subtract && has_offset(a.unit) && has_offset(b.unit))
    return {difference(a.unit)};
  // A temperature and a difference of temperatures.
  if (node.op == Op::add && has_offset(b.unit)) return b;
  return node.op == Op::subtract && has_offset(b.unit) ? Term{} : a;
}

UnitRules::Term UnitRules::product(Op op, const Term& a, const Term& b) const {
  if (a.literal && b.literal) return a;
  // A factor may well convert: what comes out is not known.
  if (a.literal || b.literal || a.unit.empty() || b.unit.empty()) return {};
  if (b.unit == "1") return a;
  if (a.unit == "1" && op == Op::multiply) return b;
  if (has_offset(a.unit) || has_offset(b.unit)) return {};
  if (op == Op::divide && a.unit == b.unit) return {"1"};
  return {limited(part(a.unit) + (op == Op::multiply ? "." : "/") + part(b.unit))};
}

UnitRules::Term UnitRules::alike(const Node& node, const std::string& what,
                                 std::span<const Term> terms, std::span<const std::uint32_t> args,
                                 Reporter& reporter) const {
  Term common{{}, true};
  bool known = true;
  for (const std::uint32_t arg : args) {
    const Term& term = terms[arg];
    if (term.literal) continue;
    known = known && !term.unit.empty();
    if (!common.literal && !common.unit.empty() && !term.unit.empty() &&
        !fit(node, what, common.unit, term.unit, false, reporter))
      return {};
    if (common.literal || common.unit.empty()) common = term;
  }
  return known ? common : Term{};
}

bool UnitRules::fit(const Node& node, const std::string& what, const std::string& a,
                    const std::string& b, bool shifted, Reporter& reporter) const {
  if (a == b || !units_->check(a) || !units_->check(b)) return true;
  const auto conversion = units_->conversion(a, b);
  if (!conversion) {
    reporter.error(node.offset,
                   fmt::format("'{}' joins {} and {}, which measure different things", what, a, b));
    return false;
  }
  if (std::fabs(conversion->scale - 1) < 1e-12 && (shifted || conversion->offset == 0)) return true;
  reporter.error(node.offset, fmt::format("'{}' joins {} and {}, whose numbers differ for the same "
                                          "thing: give both signals the same unit",
                                          what, a, b));
  return false;
}

}  // namespace wayside::features
