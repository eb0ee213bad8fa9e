#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

#include "base/metrics.hpp"
#include "node/agent_config.hpp"
#include "node/record_message.hpp"
#include "node/record_ring.hpp"
#include "node/record_sink.hpp"

namespace wayside::node {

/// Records of one tier that found no room on their way to the spool.
struct RecordLoss {
  std::uint64_t records = 0;  ///< a run of lost samples counts as one
  std::uint64_t samples = 0;
  Time first = Time::max();
  Time last = Time::min();

  void add(const RecordLoss& other);
};
using RecordLosses = std::array<RecordLoss, telemetry::tier_count>;

/// The pipeline's end of the ring. What finds no room is counted for the ledger; alerts have room
/// of their own. While `patient`, it waits for room instead: its samples come from a file.
class RecordWriter final : public RecordSink {
 public:
  /// Left free for alerts and changes of models by all else.
  static constexpr std::size_t alert_reserve_bytes = 32u << 10;
  /// Values of a decision beyond these are left out of its record.
  static constexpr std::size_t decision_values_max = 1'000;

  RecordWriter(const AgentConfig& config, RecordRing& ring, Metrics& metrics);

  void set_patient(bool patient) { patient_ = patient; }
  /// Called instead of waiting where a patient writer finds no room, and has to make some; empty:
  /// waits for the consumer's thread. Set while nobody writes.
  void on_full(std::function<void()> make_room) { make_room_ = std::move(make_room); }
  /// Samples of a tier that were lost before the pipeline.
  void lose_samples(telemetry::Tier tier, std::uint64_t samples, Time first, Time last);

  void sample(const telemetry::Sample& sample) override;
  void features(AssetId asset, Time time, std::span<const double> values) override;
  void decision(const DecisionRow& row, std::span<const double> inputs,
                std::span<const double> outputs, std::span<const double> contributions) override;
  void alert(const AlertRow& row) override;
  void model_change(const ModelChangeRow& row) override;

  /// Consumer: waits until there is something urgent, the ring is half full, `wake`, or the pause
  /// is over.
  void wait(Duration pause);
  /// Consumer, after it made room.
  void made_room();
  /// Any thread: ends a `wait`.
  void wake();
  /// Any thread: the next `wait` ends at once.
  [[nodiscard]] bool woken() const;
  /// Any thread: what was lost since the last call.
  [[nodiscard]] RecordLosses take_losses();

 private:
  template <class Row>
  bool write(const MessageHeader& header, const Row& row,
             std::array<std::span<const double>, 3> values, bool urgent);
  std::byte* reserve(std::size_t bytes, bool urgent);
  void lose(telemetry::Tier tier, std::uint64_t records, std::uint64_t samples, Time first,
            Time last);

  const AgentConfig& config_;
  RecordRing& ring_;
  Counter& lost_records_;
  Counter& lost_samples_;
  bool patient_ = false;
  std::function<void()> make_room_;
  mutable std::mutex mutex_;
  std::condition_variable wanted_;
  std::condition_variable room_;
  bool woken_ = false;
  bool producer_waits_ = false;
  RecordLosses losses_;
};

}  // namespace wayside::node
