#pragma once

#include <span>
#include <string>

#include "features/ast.hpp"
#include "features/functions.hpp"
#include "features/lower.hpp"

namespace wayside::telemetry {
class Units;
}

namespace wayside::features {

/// The unit that follows from other units, and the check that units fit. A unit is UDUNITS-2
/// notation, "1" for a pure number, empty where it is not known; what is not known is never an
/// error.
class UnitRules {
 public:
  /// Without `units` nothing is known.
  explicit UnitRules(const telemetry::Units* units) : units_(units) {}

  /// Of a window function over a signal.
  [[nodiscard]] std::string of_window(UnitRule rule, const std::string& signal) const;
  /// Of an expression; `leaves[i]` is the unit of node i where that is a name or a window function.
  /// Terms that do not fit together are reported.
  [[nodiscard]] std::string of(const Ast& ast, std::span<const std::string> leaves,
                               Reporter& reporter) const;

 private:
  struct Term {
    std::string unit;
    bool literal = false;  ///< a bare number fits any unit
  };
  [[nodiscard]] std::string difference(const std::string& unit) const;
  [[nodiscard]] bool has_offset(const std::string& unit) const;
  [[nodiscard]] Term of_node(const Node& node, std::span<const Term> terms,
                             Reporter& reporter) const;
  [[nodiscard]] Term sum(const Node& node, const Term& a, const Term& b, Reporter& reporter) const;
  [[nodiscard]] Term product(Op op, const Term& a, const Term& b) const;
  [[nodiscard]] Term alike(const Node& node, const std::string& what, std::span<const Term> terms,
                           std::span<const std::uint32_t> args, Reporter& reporter) const;
  /// Reports units that measure different things or differ in scale; `shifted` allows an offset.
  [[nodiscard]] bool fit(const Node& node, const std::string& what, const std::string& a,
                         const std::string& b, bool shifted, Reporter& reporter) const;

  const telemetry::Units* units_;
};

}  // namespace wayside::features
