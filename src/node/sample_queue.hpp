#pragma once

#include <array>
#include <condition_variable>
#include <mutex>
#include <span>
#include <vector>

#include "base/metrics.hpp"
#include "node/asset_table.hpp"
#include "node/sources/source.hpp"
#include "telemetry/tier.hpp"

namespace wayside::node {

/// A sample and whether its source waits rather than loses it.
struct QueuedSample {
  telemetry::Sample sample;
  bool patient = false;
};

/// Samples that were dropped because nobody took them in time.
struct SampleLoss {
  std::uint64_t samples = 0;
  Time first = Time::max();
  Time last = Time::min();

  void add(Time time) {
    ++samples;
    first = std::min(first, time);
    last = std::max(last, time);
  }
};

using SampleLosses = std::array<SampleLoss, telemetry::tier_count>;

/// The bounded queue between all sources and the one pipeline. Sources that can wait may fill half
/// of it, so that a file read at full speed leaves room for a live source. Safe from any thread.
class SampleQueue final : public SampleSink {
 public:
  static constexpr std::size_t samples_max = 8192;
  static constexpr std::size_t patient_max = samples_max / 2;

  /// Both must outlive it; `assets` says of which tier a lost sample would have been.
  SampleQueue(const AssetTable& assets, Metrics& metrics);

  bool push_wait(std::span<const telemetry::Sample> samples, std::stop_token stop) override;
  void push_now(std::span<const telemetry::Sample> samples) override;

  /// While held back, sources that can wait get no room.
  void hold_back(bool held);
  /// Waits for samples and moves as many as fit into `out`; 0 means closed and empty.
  std::size_t pop(std::span<QueuedSample> out);
  /// What `push_now` dropped since the last call, by tier.
  [[nodiscard]] SampleLosses take_losses();
  /// Nothing more will be pushed.
  void close();
  [[nodiscard]] std::size_t size() const;

 private:
  void put(std::span<const telemetry::Sample> samples, bool patient);

  const AssetTable& assets_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable_any emptied_;
  std::vector<QueuedSample> ring_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  std::size_t waiting_ = 0;  ///< sources in push_wait
  bool closed_ = false;
  bool held_ = false;
  SampleLosses losses_;
  Counter& dropped_;
};

}  // namespace wayside::node
