#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "node/agent_config.hpp"
#include "node/restart/remembered.hpp"
#include "node/restart/restart_span.hpp"
#include "spool/spool_store.hpp"
#include "telemetry/record.hpp"

namespace wayside::node {

/// Follows the records on their way into the spool and knows from which on they are needed for the
/// next start: those with the samples of each asset's restart_span. Safe from any thread.
class Horizon {
 public:
  /// An asset of which nothing came for so long, and for the length of its span, no longer keeps
  /// what the others do not need.
  static constexpr Duration silent_after = seconds(3600);

  Horizon(const AgentConfig& config, const Clock& clock);

  /// Ticks that a kind's models read; at least 1.
  void set_history(std::size_t kind, std::size_t ticks);
  [[nodiscard]] RestartSpan span_of(std::size_t kind) const;

  /// What is needed begins at `before.from`, with what is remembered of the time before it.
  void begin(const spool::Retention& before, const std::vector<RememberedValue>& remembered);
  /// A record that is in the spool as number `seq`, of this run or, until `ready`, an earlier one.
  void note(telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record);
  /// All records of earlier runs are noted: from now on `advance` may let them go.
  void ready();
  /// At a moment when every sample that was taken stands in a noted record: what the next start
  /// needs, where that changed.
  [[nodiscard]] std::optional<spool::Retention> advance();

 private:
  using Position = std::array<std::uint64_t, telemetry::tier_count>;  ///< numbers, by tier
  struct Value {
    Time time = Time::min();
    double value = 0;
    std::uint32_t version = 1;
  };
  /// Of the asset's samples, those younger than `time` have numbers from `position` on.
  struct Mark {
    Time time = Time::min();
    Position position{};
    std::vector<Value> values;  ///< remembered ones, of samples up to `time`
  };
  struct Asset {
    Time newest = Time::min();
    Duration heard;  ///< when its last record came, by the monotonic clock
    bool touched = false;
    std::vector<Value> values;
    std::deque<Mark> marks;
  };
  struct Kind {
    RestartSpan span;
    std::map<std::string, std::size_t, std::less<>> remembered;  ///< signal → place in `values`
  };

  [[nodiscard]] Kind& kind_of(std::size_t asset) {
    return kinds_[config_.table.assets[asset].kind];
  }
  void take_values(std::size_t asset, const telemetry::SampleBlock& block);
  void advance_asset(std::size_t asset);
  [[nodiscard]] Position first_needed(Duration now);
  [[nodiscard]] std::vector<RememberedValue> remembered();

  const AgentConfig& config_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<Kind> kinds_;
  std::vector<Asset> assets_;
  std::vector<std::size_t> touched_;
  Position next_{1, 1, 1};  ///< the numbers that the next records get
  Position told_{};
  bool ready_ = false;
};

}  // namespace wayside::node
