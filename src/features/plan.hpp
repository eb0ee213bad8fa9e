#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config/diagnostics.hpp"
#include "base/time.hpp"
#include "telemetry/schema.hpp"

namespace wayside::telemetry {
class Units;
}

namespace wayside::features {

/// One line of `features: define:`.
struct Definition {
  std::string name;
  std::string expression;
  config::Location at;  ///< where the expression starts
};

struct PlanOptions {
  Duration every = seconds(1);
  Duration lateness{0};
  std::optional<Duration> idle = std::nullopt;  ///< default: 5 × every, at least 5 s
  /// A plan that needs more for the state of one asset is a mistake.
  std::size_t asset_bytes_max = 64u << 20;
  /// Samples of one signal put back in time order before their tick; at least 4. Twice a
  /// waveform's length where that is more.
  std::size_t reorder_samples_max = 512;
};

/// All features of one asset kind, compiled: immutable, shared by the states of all its assets.
class Plan {
 public:
  /// Returns nullptr after at least one error in `diagnostics`. `units`, where given, checks and
  /// derives the features' units.
  static std::shared_ptr<const Plan> compile(const telemetry::Kind& kind,
                                             const std::vector<Definition>& definitions,
                                             const PlanOptions& options,
                                             const telemetry::Units* units,
                                             config::Diagnostics& diagnostics);
  ~Plan();

  /// Feature names in the order of definition, which is the order of every row of values.
  [[nodiscard]] const std::vector<std::string>& names() const;
  /// Derived unit of each feature, empty where unknown.
  [[nodiscard]] const std::vector<std::string>& units() const;
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] const PlanOptions& options() const;
  /// Upper bound of one asset's state.
  [[nodiscard]] std::size_t asset_bytes() const;
  /// Changes when any value the plan computes could: hex digest of the canonical definitions.
  [[nodiscard]] const std::string& digest() const;
  /// Of each feature by itself: it stays where other features come, go and change.
  [[nodiscard]] const std::vector<std::string>& feature_digests() const;
  /// Panes, shared windows, memory, units and what a tick costs: for people. `assets`: how many
  /// the memory is told for beside one.
  [[nodiscard]] std::string explain(std::size_t assets = 0) const;

  struct Program;
  [[nodiscard]] const Program& program() const { return *program_; }

 private:
  explicit Plan(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

}  // namespace wayside::features
