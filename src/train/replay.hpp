#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "features/engine.hpp"
#include "features/plan.hpp"
#include "telemetry/schema.hpp"

namespace wayside::train {

/// The kinds and assets of an agent's configuration, as far as features need them.
struct ReplaySchema {
  struct Kind {
    telemetry::Kind kind;
    std::shared_ptr<const features::Plan> plan;  ///< null where the kind has no features
  };
  struct Asset {
    std::string name;
    std::size_t kind = 0;  ///< index into `kinds`
  };
  std::vector<Kind> kinds;
  std::vector<Asset> assets;

  [[nodiscard]] const Kind& kind_of(std::size_t asset) const { return kinds[assets[asset].kind]; }
  [[nodiscard]] std::optional<std::size_t> find_kind(std::string_view name) const;
};

/// Features of many assets from samples in arrival order, by the engine that the agent runs: same
/// samples in the same order, same bits. Not thread-safe. An asset's windows take memory from its
/// first sample on.
class Replay {
 public:
  /// Given each tick as it comes, its values in the order of the plan's names.
  using Take = std::function<Status(std::size_t asset, Time tick, std::span<const double> values)>;

  Replay(const ReplaySchema& schema, Take take);

  /// `asset` must be of a kind with features. `version`: of the signal; 0: the configuration's.
  /// Errors: those of `Take`.
  [[nodiscard]] Status push(std::size_t asset, SignalId signal, Time time, double value,
                            telemetry::Quality quality, std::uint32_t version = 0);
  /// The end: ticks up to each asset's newest sample, asset by asset.
  [[nodiscard]] Status finish();

  struct Counters {
    std::uint64_t samples = 0;
    std::uint64_t ticks = 0;
    features::AssetEngine::Counters engine;  ///< summed over the assets
  };
  [[nodiscard]] Counters counters() const;

 private:
  [[nodiscard]] Status take_ticks(std::size_t asset);

  const ReplaySchema& schema_;
  Take take_;
  std::vector<std::optional<features::AssetEngine>> engines_;  ///< by asset
  std::vector<double> row_;
  std::uint64_t samples_ = 0;
  std::uint64_t ticks_ = 0;
};

}  // namespace wayside::train
