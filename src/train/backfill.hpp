#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "train/hub_api.hpp"

namespace wayside::train {

/// Puts ticks of a replay into a hub's table of features, in the place of all rows of the same
/// asset, node and names from the first tick to the last; the same again changes nothing. Feed it
/// one asset after the other.
class Backfill {
 public:
  /// `columns`: which of a tick's values are written, and under which names.
  struct Column {
    std::size_t value = 0;
    std::string name;
  };
  Backfill(const HubApi& hub, const std::vector<HubAsset>& assets, std::vector<Column> columns);

  /// Errors: those of the hub. What was sent before stays.
  [[nodiscard]] Status take(std::size_t asset, Time tick, std::span<const double> values);
  [[nodiscard]] Status finish() { return send(); }

  struct Counters {
    std::uint64_t removed = 0;
    std::uint64_t written = 0;
    std::uint64_t assets = 0;
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  [[nodiscard]] Status send();

  const HubApi& hub_;
  const std::vector<HubAsset>& assets_;
  std::vector<Column> columns_;
  std::optional<std::size_t> asset_;
  Time from_;  ///< what the next request replaces from
  std::vector<Time> times_;
  std::vector<double> values_;
  Counters counters_;
};

}  // namespace wayside::train
