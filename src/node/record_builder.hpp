#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "node/agent_config.hpp"
#include "node/record_message.hpp"
#include "telemetry/record.hpp"

namespace wayside::node {

/// Turns the pipeline's rows into records: samples into a block for each asset and signal, feature
/// rows into a block for each asset; a decision or an event is a record of its own. Tiers: a block
/// of samples has its signal's, an alert its rule's, all else is diagnostic.
class RecordBuilder {
 public:
  static constexpr std::size_t block_samples_max = 8192;
  static constexpr std::size_t block_values_max = 16'384;  ///< of a feature block

  /// Given a record to keep; what is left in it is reused.
  using Emit = std::function<void(telemetry::Tier, const telemetry::Record&)>;

  RecordBuilder(const AgentConfig& config, Emit emit);

  /// One message of the ring. Emits the blocks that it fills.
  void take(std::span<const std::byte> message);
  /// Emits all blocks begun: those of samples first, so that no feature outlives a crash that its
  /// samples do not.
  void flush();
  /// Emits the blocks begun of critical signals: their tier's promise does not wait for a full one.
  void flush_critical();
  /// Some block is begun.
  [[nodiscard]] bool begun() const {
    return !begun_critical_.empty() || !begun_signals_.empty() || !begun_features_.empty();
  }

 private:
  struct Asset {
    std::vector<telemetry::Record> signals;  ///< each holds a SampleBlock
    telemetry::Record features;              ///< a FeatureBlock
  };

  void take_sample(const telemetry::Sample& sample);
  void take_features(const FeatureRow& row, std::span<const double> values);
  void flush_signal(std::size_t asset, std::size_t signal);
  void flush_signals(std::size_t asset);
  void flush_features(std::size_t asset);

  const AgentConfig& config_;
  Emit emit_;
  std::vector<Asset> assets_;
  struct Begun {
    std::uint32_t asset;
    std::uint32_t signal;
  };
  std::vector<Begun> begun_signals_;
  std::vector<Begun> begun_critical_;
  std::vector<std::uint32_t> begun_features_;
};

}  // namespace wayside::node
