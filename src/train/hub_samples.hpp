#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "train/hub_api.hpp"
#include "train/sample_rows.hpp"

namespace wayside::train {

/// Samples of one asset at one node from a hub's store, in the order of time, those of equal times
/// as they arrived: page by page, in memory for one page.
class HubSamples {
 public:
  /// Samples that one page aims at, and those that may have one and the same time.
  static constexpr std::size_t page_rows_max = 250'000;
  static constexpr std::size_t instant_rows_max = 2'000'000;

  /// `signals`: of these alone; `schema` must know the asset and them.
  HubSamples(const HubApi& hub, const ReplaySchema& schema, std::string node, std::string asset,
             std::vector<std::string> signals, Time from, Time to);

  /// The next page's rows; nullopt at the end. Errors: those of the hub.
  [[nodiscard]] Result<std::optional<SampleRows>> next_page();

 private:
  [[nodiscard]] std::string path(Time to, std::size_t rows_max) const;

  const HubApi& hub_;
  const ReplaySchema& schema_;
  std::string node_;
  std::string asset_;
  std::vector<std::string> signals_;
  Time at_;  ///< where the next page begins
  Time to_;
  Duration width_ = minutes(10);  ///< of the next page
  bool ended_ = false;
};

}  // namespace wayside::train
