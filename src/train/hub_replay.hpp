#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "train/hub_api.hpp"
#include "train/replay.hpp"

namespace wayside::train {

struct HubReplayRequest {
  ReplaySchema::Kind kind;
  /// The same definitions with the least lateness there is, which changes no value: what the node
  /// found late is known by its quality, so here samples come in the order of time.
  std::shared_ptr<const features::Plan> ordered_plan;
  std::vector<HubAsset> assets;  ///< of the kind; one after the other, as they stand here
  Time from;
  Time to;                   ///< inclusive
  bool last_before = false;  ///< give ticks from the last one before `from` on
};

struct HubReplayCounters {
  std::uint64_t samples = 0;
  std::uint64_t late = 0;      ///< left out because the node had evaluated their tick
  std::uint64_t left_out = 0;  ///< not good, or not finite
  std::uint64_t ticks = 0;     ///< given
};

/// The features of a period as the node computed them, or would have: from what the hub stored of
/// its samples, with the samples before `from` that the first ticks see. Gives the ticks in
/// [from, to] up to the newest sample of all, asset by asset. Memory: one page of samples and one
/// asset's windows. Errors: those of the hub and of `take`.
class HubReplay {
 public:
  /// `asset`: index into the request's.
  using Take = std::function<Status(std::size_t asset, Time tick, std::span<const double> values)>;

  HubReplay(const HubApi& hub, HubReplayRequest request, Take take);
  [[nodiscard]] Status run();
  [[nodiscard]] const HubReplayCounters& counters() const { return counters_; }

 private:
  /// What is known of an asset's samples.
  struct Past {
    bool any = false;
    Time earliest, newest;
    std::optional<Time> before;  ///< the newest before the period
  };

  [[nodiscard]] Status replay(std::size_t index);
  [[nodiscard]] Time first_tick(const Past& past) const;
  [[nodiscard]] Result<Past> past_of(const HubAsset& asset) const;
  [[nodiscard]] Status push_last(const HubAsset& asset, Time start, Replay& replay);
  [[nodiscard]] Status push_pages(const HubAsset& asset, Time from, Time to,
                                  const std::vector<std::string>& signals, Replay& replay);

  const HubApi& hub_;
  HubReplayRequest request_;
  Take take_;
  std::vector<std::string> signals_;  ///< that features use
  ReplaySchema schema_;               ///< of the present asset alone
  HubReplayCounters counters_;
};

/// Compiles `definitions` for HubReplayRequest::ordered_plan.
[[nodiscard]] std::shared_ptr<const features::Plan> compile_ordered(
    const ReplaySchema::Kind& kind, const std::vector<features::Definition>& definitions);

}  // namespace wayside::train
