#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "features/plan.hpp"
#include "telemetry/sample.hpp"

namespace wayside::features {

/// Of the ticks that one push makes due while every window is empty, at most this many are given
/// out, a day at one a second and more; the others, whose rows would all be the same, are skipped
/// and counted.
inline constexpr std::uint64_t empty_ticks_max = 100'000;

/// Samples further from 1970 than this, some 285 years, are left out without a trace but a count.
inline constexpr Duration time_max = days(104'166);

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
  /// given, or `late` where its time is at or before the last evaluated tick and a feature uses its
  /// signal. Ticks that became due must be fetched with `next_tick` before the next push.
  telemetry::Quality push(SignalId signal, Time time, double value, telemetry::Quality quality);

  /// Evaluates the next due tick into `values` (one for each of the plan's names) and returns its
  /// time. Where none is due it gives nullopt, after doing what it can of the next one's work.
  std::optional<Time> next_tick(std::span<double> values);

  /// End of a replay: ticks up to the newest sample become due.
  void finish();

  [[nodiscard]] const Plan& plan() const;
  struct Counters {
    std::uint64_t late = 0;       ///< samples at or before the last tick
    std::uint64_t left_out = 0;   ///< not good, not finite, or beyond time_max
    std::uint64_t unordered = 0;  ///< counted, but summed out of time order: the buffer was full
    std::uint64_t skipped_ticks = 0;  ///< see empty_ticks_max
  };
  [[nodiscard]] const Counters& counters() const;
  /// The newest sample time seen, over all signals; nullopt before the first.
  [[nodiscard]] std::optional<Time> newest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::features
