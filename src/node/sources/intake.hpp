#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "node/sources/source.hpp"

namespace wayside::node::sources {

/// Why a piece of input is no good sample. The last two are passed on, with their quality.
enum class Reject : std::uint8_t {
  row_unparsable,    ///< not the format: quoting, JSON syntax, a member that is missing
  row_too_long,      ///< longer than the source's limit
  time_unparsable,   ///< no time, or one outside the years 1678 to 2261
  value_unparsable,  ///< no number
  asset_unknown,
  signal_unknown,    ///< the asset's kind does not have it
  unit_unknown,      ///< or measures something else than the signal
  column_unknown,    ///< configured, but not in the file
  time_ahead,        ///< a live sample from later than now: somebody's clock is wrong
  waveform_invalid,  ///< values for a scalar signal, or more than the waveform's length
  out_of_range,
  not_finite,
};
inline constexpr std::size_t reject_count = 12;
[[nodiscard]] std::string_view to_string(Reject reason);

/// The last step of every source: judges values by their signal's range, counts, and hands on in
/// batches. Used by one thread at a time.
class Intake {
 public:
  /// Batches grow no longer than this plus one row or waveform.
  static constexpr std::size_t batch_max = 1024;

  /// How far ahead of the clock the time of a live sample may be. One that is far ahead would make
  /// all that follow late, and so silence its asset.
  static constexpr Duration ahead_max = hours(1);

  enum class Delivery : std::uint8_t { wait, now };  ///< push_wait, or live: push_now

  Intake(const SourceContext& context, const std::string& source, Delivery delivery);

  /// `value` in the signal's own unit.
  void add(AssetId asset, SignalId signal, Time time, double value);
  /// A waveform that starts at `start`, or the first part of one.
  void add_waveform(AssetId asset, SignalId signal, Time start, std::span<const double> values);
  void reject(Reject reason, std::uint64_t count = 1);

  /// Samples that `flush` would take.
  [[nodiscard]] std::size_t pending() const { return batch_.size(); }
  /// Hands the batch on; live samples that are ahead of the clock are rejected. False once stopped.
  bool flush(std::stop_token stop);

 private:
  const AssetTable& assets_;
  SampleSink& sink_;
  const Clock& clock_;
  Delivery delivery_;
  Counter& samples_;
  std::array<Counter*, reject_count> rejected_{};
  std::vector<telemetry::Sample> batch_;
};

}  // namespace wayside::node::sources
