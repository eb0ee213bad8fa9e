#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/rng.hpp"
#include "node/asset_table.hpp"
#include "plants/plant.hpp"
#include "sim/drill/script.hpp"
#include "telemetry/sample.hpp"

namespace wayside::drill {

/// What the machines of one node show, had their sensors no faults: simulated plants, a file's
/// samples, or generators. A function of the seed and of the machines' faults alone, whatever
/// happens to records and links. Times are nanoseconds since the start of the drill.
class Feed {
 public:
  /// One part of it, which has samples at moments of its own.
  class Part {
   public:
    virtual ~Part() = default;
    [[nodiscard]] virtual Duration next() const = 0;
    /// Adds the samples of `next` and moves on.
    virtual void take(std::vector<telemetry::Sample>& out) = 0;
  };

  /// A machine's fault with the asset it is of.
  struct MachineFault {
    AssetId asset;
    plants::Fault fault;  ///< times by the drill's clock
  };

  /// `ticks`: the features' grid by kind. `recorded` outlives the feed.
  Feed(const node::AssetTable& assets, std::span<const Duration> ticks, const Signals& signals,
       std::span<const MachineFault> faults, std::span<const telemetry::Sample> recorded, Rng rng);

  /// When the next samples are due; `Duration` max where none will be.
  [[nodiscard]] Duration next() const;
  /// Adds them and moves on.
  void take(std::vector<telemetry::Sample>& out);

 private:
  std::vector<std::unique_ptr<Part>> parts_;
};

/// The plant that an asset of this kind is simulated by, or null: see Signals::plant.
[[nodiscard]] const plants::PlantType* plant_of(const telemetry::Kind& kind,
                                                const Signals& signals);

}  // namespace wayside::drill
