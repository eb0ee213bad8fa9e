#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "base/time.hpp"
#include "features/expression.hpp"
#include "features/plan.hpp"
#include "infer/sequence.hpp"
#include "telemetry/record.hpp"
#include "telemetry/schema.hpp"

namespace wayside::telemetry {
class Units;
}

namespace wayside::node {

inline constexpr std::size_t signals_max = 2'000;   ///< of one kind
inline constexpr std::size_t features_max = 8'000;  ///< of one kind
inline constexpr std::size_t rules_max = 500;       ///< of one kind
inline constexpr std::size_t models_max = 64;       ///< of one kind
inline constexpr std::size_t rule_names_max = 16;   ///< different names one rule may read

/// What a rule does while a model that it reads fails: keep its last state, be raised, or take the
/// condition as not met.
enum class OnFailure : std::uint8_t { hold, alarm, ignore };

/// A model output that has a slot: `score`, and what else the rules read.
struct OutputSlot {
  std::string output;
  std::size_t slot = 0;
};

struct ModelConfig {
  std::string name;
  std::string file;                 ///< already relative to the working directory, or absolute
  std::vector<std::string> inputs;  ///< feature names; empty: the model's manifest says
  std::optional<infer::Sequence> sequence;  ///< `history` and `missing`; nullopt: the manifest says
  Duration budget = milliseconds(10);
  OnFailure on_failure = OnFailure::hold;
  std::vector<OutputSlot> outputs;  ///< `score` first
};

struct RuleConfig {
  std::string name;
  std::string when_text;
  features::ScalarExpression when;
  std::optional<features::ScalarExpression> clear;  ///< absent: as soon as `when` does not hold
  Duration hold_for;                                ///< `for`, in event time
  bool on_sample = false;
  telemetry::Severity severity = telemetry::Severity::alarm;
  telemetry::Tier tier = telemetry::Tier::critical;
  std::vector<std::size_t> slots;   ///< read by `when` or `clear`, ascending
  std::vector<std::size_t> models;  ///< whose outputs are among them, ascending
};

/// What is computed for every asset of one kind. The numbers that its rules read stand in slots:
/// the newest value of each signal, then the features of the tick, then model outputs.
struct KindConfig {
  std::vector<features::Definition> definitions;
  std::shared_ptr<const features::Plan> plan;  ///< null where no features are defined
  std::vector<ModelConfig> models;
  std::vector<RuleConfig> rules;
  std::vector<std::string> slot_names;
  std::size_t signal_count = 0;
  std::size_t feature_count = 0;

  [[nodiscard]] std::size_t feature_slot(std::size_t feature) const {
    return signal_count + feature;
  }
};

/// Reads one entry of `kinds:`. `kind` gets its name and signals (a built-in kind's own where there
/// is no `signals:`). What could be read is returned even after mistakes.
[[nodiscard]] KindConfig parse_kind(const std::string& name, const config::Node& node,
                                    const telemetry::Units& units, telemetry::Kind& kind,
                                    config::Diagnostics& diagnostics);

/// A kind without features, models and rules.
[[nodiscard]] KindConfig bare_kind(const telemetry::Kind& kind);

/// True for a map of at most `max` entries whose keys are names that the user gives; else a mistake
/// is reported. `what` is the plural: "signals".
[[nodiscard]] bool expect_names(const config::Node& node, std::string_view what, std::size_t max,
                                config::Diagnostics& diagnostics);
/// True where the key can be named in an expression; else a mistake is reported.
[[nodiscard]] bool check_identifier(std::string_view what, const config::Node::Entry& entry,
                                    config::Diagnostics& diagnostics);
/// Where `name` stands among `names`.
[[nodiscard]] std::optional<std::size_t> position(const std::vector<std::string>& names,
                                                  std::string_view name);

/// [A-Za-z_][A-Za-z0-9_]{0,63}: what can be named in an expression.
[[nodiscard]] bool is_identifier(std::string_view text);

}  // namespace wayside::node
