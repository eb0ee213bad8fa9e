#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "hub/store/batch.hpp"
#include "sim/drill/outcome.hpp"
#include "sim/world/world.hpp"

namespace wayside::drill {

/// Which alerts were raised and cleared, when, and when the hub knew.
class AlertBook {
 public:
  void recorded(const std::string& node, const telemetry::Record& record, Duration now);
  void stored(const hub::Batch& batch, Duration now);
  [[nodiscard]] const std::vector<Alert>& alerts() const { return alerts_; }

 private:
  /// Node, asset, rule, and the time that the event bears.
  using Key = std::tuple<std::string, std::string, std::string, Time>;
  std::vector<Alert> alerts_;
  std::map<Key, std::size_t> raised_;  ///< to alerts_
};

/// The reasons of gaps and the times they span, as the hub stored them.
class GapBook {
 public:
  void stored(const hub::Batch& batch);
  /// Of one tier, over all nodes.
  [[nodiscard]] std::vector<Loss> losses(telemetry::Tier tier) const;

 private:
  std::map<std::pair<telemetry::Tier, std::string>, Loss> losses_;
};

/// Measures, from the end of what stood in the way, how long it takes until all that waited then
/// is stored: the longest such time. Given up where something else comes in the way before.
class DrainMeter {
 public:
  explicit DrainMeter(sim::World& world) : world_(world) {}
  void way_blocked(bool blocked);
  [[nodiscard]] std::optional<Duration> longest() const { return longest_; }
  /// Something is still being waited for.
  [[nodiscard]] bool measuring() const { return !waiting_.empty(); }

 private:
  void poll(std::uint64_t round);

  sim::World& world_;
  std::map<hub::StreamKey, std::uint64_t> waiting_;  ///< the number up to which
  Duration since_{};
  std::uint64_t round_ = 0;
  std::optional<Duration> longest_;
};

}  // namespace wayside::drill
