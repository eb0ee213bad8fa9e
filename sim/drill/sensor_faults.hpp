#pragma once

#include <map>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "node/asset_table.hpp"
#include "sim/drill/script.hpp"
#include "telemetry/sample.hpp"

namespace wayside::drill {

/// What the sensors of one node do to the values they should show. Each fault draws from a
/// generator of its own, so that one more does not change what the others do.
class SensorFaults {
 public:
  explicit SensorFaults(const node::AssetTable& assets) : assets_(assets) {}

  /// From now on. The id ends it.
  std::size_t begin(const SensorAction& action, Duration now, Rng rng);
  void end(std::size_t id);
  [[nodiscard]] bool none() const { return active_.empty(); }

  /// Changes the sample as the faults that hold do, in the order in which they began; a value
  /// beyond the sensor's range stays there. False where it does not come at all.
  [[nodiscard]] bool apply(telemetry::Sample& sample, Duration now);

 private:
  using Sensor = std::pair<AssetId, SignalId>;
  struct Active {
    std::size_t id;
    SensorAction action;
    Duration since;
    Rng rng;
    std::map<Sensor, double> stuck;  ///< the value of the onset
  };
  [[nodiscard]] bool concerns(const SensorAction& action, const telemetry::Signal& signal) const;

  const node::AssetTable& assets_;
  std::vector<Active> active_;
  std::size_t next_id_ = 0;
};

}  // namespace wayside::drill
