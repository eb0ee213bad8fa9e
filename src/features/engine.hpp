#pragma once

#include <cstdint>
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

/// Samples of one signal in arrival order, all of one version: what a block holds.
struct SampleRun {
  SignalId signal;
  std::span<const Time> times;
  std::span<const double> values;
  std::span<const telemetry::Quality> qualities;  ///< as many, or none where all are good
  std::uint32_t version = 1;
};

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
  /// `version`: of the signal; by default the one that the plan was made for.
  telemetry::Quality push(SignalId signal, Time time, double value, telemetry::Quality quality);
  telemetry::Quality push(SignalId signal, Time time, double value, telemetry::Quality quality,
                          std::uint32_t version);
  /// Takes the samples of a run from the one with index `from` on, as `push` one after the other,
  /// until one makes a tick due or none is left, and returns the index of the next.
  std::size_t push(const SampleRun& run, std::size_t from);
  /// Takes a whole run and calls `on_tick(time)` for each tick, whose row is then in `values`.
  template <class OnTick>
  void push(const SampleRun& run, std::span<double> values, OnTick on_tick) {
    for (std::size_t at = 0; at < run.times.size();) {
      at = push(run, at);
      while (const auto tick = next_tick(values)) on_tick(*tick);
    }
  }

  /// Evaluates the next due tick into `values` (one for each of the plan's names) and returns its
  /// time. Where none is due it gives nullopt, after doing what it can of the next one's work.
  std::optional<Time> next_tick(std::span<double> values);

  /// End of a replay: ticks up to the newest sample become due.
  void finish();
  /// After a restart, once the samples of the windows are pushed again: ticks up to `last_tick`,
  /// the last one evaluated before, become due.
  void resume(Time last_tick);

  [[nodiscard]] const Plan& plan() const;
  struct Counters {
    std::uint64_t late = 0;       ///< samples at or before the last tick
    std::uint64_t left_out = 0;   ///< not good, not finite, or beyond time_max
    std::uint64_t unordered = 0;  ///< counted, but summed out of time order: the buffer was full
    std::uint64_t skipped_ticks = 0;  ///< see empty_ticks_max
    /// From one sample to the next in time order, of the signals used
    std::uint64_t version_changes = 0;
    std::uint64_t coarsened = 0;    ///< panes with too many different values for a quantile's bins
    std::uint64_t crowded_out = 0;  ///< samples of a waveform that came faster than its rate
    std::uint64_t lost_pairs = 0;   ///< samples whose partner came too late to be paired
  };
  [[nodiscard]] Counters counters() const;
  /// The newest sample time seen, over all signals; nullopt before the first.
  [[nodiscard]] std::optional<Time> newest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::features
