#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "node/kind_config.hpp"
#include "telemetry/sample.hpp"

namespace wayside::node {

struct ModelInfo;

/// What one model concluded for one asset at one tick.
struct DecisionRow {
  AssetId asset;
  const ModelInfo* model = nullptr;
  Time time;
  Duration latency;      ///< of the model's run alone
  bool alarmed = false;  ///< a rule that reads the model is raised
};

/// An input that took part in a score, for an alert's evidence.
struct Contribution {
  const ModelInfo* model = nullptr;
  std::uint32_t input = 0;
  double share = 0;
};

/// An alert raised or cleared. Everything is in here: no pointer but to what lives as long as the
/// program.
struct AlertRow {
  static constexpr std::size_t contributions_max = 8;
  AssetId asset;
  std::uint32_t rule = 0;  ///< index into the kind's rules
  bool raised = false;
  bool by_failure = false;  ///< raised because a model failed, not because the condition holds
  Time time;
  Time raised_at;
  std::uint32_t contributions = 0;
  std::array<double, rule_names_max> values{};  ///< of the rule's slots, in their order
  std::array<Contribution, contributions_max> top{};
};

enum class ModelFailure : std::uint8_t {
  error,
  not_a_number,
  over_budget,
  inputs_missing,  ///< for long
  refused,         ///< there is a file, but it cannot be used, and none was running before
};
inline constexpr std::size_t model_failure_count = 5;

/// A model began to fail for an asset, or works again.
struct ModelChangeRow {
  AssetId asset;
  const ModelInfo* model = nullptr;
  Time time;
  bool failed = false;
  ModelFailure failure = ModelFailure::error;
  Duration latency;
  Duration budget;
  std::uint64_t input = 0;  ///< of `inputs_missing`: which
};

/// Where the pipeline puts what it made. Called on the pipeline's thread: must not allocate or
/// take a lock in steady state. Spans are valid during the call only.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  /// With the quality it is to be stored with.
  virtual void sample(const telemetry::Sample& sample) = 0;
  /// One value for each feature of the asset's kind.
  virtual void features(AssetId asset, Time time, std::span<const double> values) = 0;
  virtual void decision(const DecisionRow& row, std::span<const double> inputs,
                        std::span<const double> outputs, std::span<const double> contributions) = 0;
  virtual void alert(const AlertRow& row) = 0;
  virtual void model_change(const ModelChangeRow& row) = 0;
};

}  // namespace wayside::node
