#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "features/plan.hpp"
#include "telemetry/sample.hpp"

namespace wayside::features {

/// The windows of one asset. A pure function of the samples pushed: no clock. Not thread-safe.
/// After construction nothing allocates.
///
///   quality = engine.push(signal, time, value, quality);
///   while (auto tick = engine.next_tick(values)) use(*tick, values);
class AssetEngine {
 public:
  explicit AssetEngine(std::shared_ptr<const Plan> plan);
  ~AssetEngine();
  AssetEngine(AssetEngine&&) noexcept;
  AssetEngine& operator=(AssetEngine&&) noexcept;

  /// Takes one sample in arrival order and says with which quality it is to be stored: the one
  /// given, or `late` where its time is at or before the last evaluated tick. Ticks that became due must be
  /// fetched with `next_tick` before the next push.
  telemetry::Quality push(SignalId signal, Time time, double value, telemetry::Quality quality);

  /// Evaluates the next due tick into `values` (one for each of the plan's names) and returns its time; nullopt when
  /// none is due.
  std::optional<Time> next_tick(std::span<double> values);

  /// End of a replay: ticks up to the newest sample become due.
  void finish();

  [[nodiscard]] const Plan& plan() const;
  /// The newest sample time seen, over all signals; nullopt before the first.
  [[nodiscard]] std::optional<Time> newest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::features
