#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "node/pipeline.hpp"
#include "node/restart/remembered.hpp"
#include "telemetry/record.hpp"
#include "telemetry/schema.hpp"

namespace wayside::node {

/// The stored samples of one asset, on their way back into the pipeline in the order of their
/// times; of equal times those of one signal as they were stored.
class AssetReplay {
 public:
  /// Beyond these the older half goes on, whatever is still to come.
  static constexpr std::size_t waiting_max = 4u << 20;

  AssetReplay(AssetId id, const telemetry::Kind& kind)
      : id_(id), kind_(&kind), newest_good_(kind.signals.size(), Time::min()) {}

  /// A value from before the stored samples. It counts as just before the first of them, or at its
  /// own time, unless it is among them.
  void remember(SignalId signal, const RememberedValue& value);
  void take(const telemetry::SampleBlock& block, SignalId signal, Pipeline& pipeline);
  /// All samples up to `until` are taken that were not late.
  void release(Time until, Pipeline& pipeline);
  void finish(Pipeline& pipeline);

  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] Time oldest() const { return oldest_; }
  [[nodiscard]] Time newest() const { return newest_; }

 private:
  struct Waiting {
    Time time;
    double value;
    SignalId signal;
    std::uint32_t version;
    telemetry::Quality quality;
    bool newest;
  };
  void insert_remembered(Time until);

  AssetId id_;
  const telemetry::Kind* kind_;
  std::vector<Time> newest_good_;  ///< of each signal, as they were stored
  std::vector<Waiting> waiting_;
  std::vector<Waiting> remembered_;
  bool begun_ = false;
  std::uint64_t samples_ = 0;
  Time oldest_ = Time::max();
  Time newest_ = Time::min();
};

}  // namespace wayside::node
