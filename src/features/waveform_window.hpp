#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/lazy_array.hpp"
#include "features/program.hpp"
#include "features/spectrum.hpp"
#include "features/window_state.hpp"

namespace wayside::features {

/// The frequency bands of one window of one waveform, from its samples themselves. See
/// `WindowState`.
///
/// A stretch is a longest run of samples each a period of the signal's rate after the one before,
/// give or take a tenth of it. Those at least as long as the signal's runs are transformed, each by
/// itself; what is shorter was cut by the window's edge or came with holes.
class WaveformWindow {
 public:
  WaveformWindow(const Plan::Program& program, const PlannedWaveform& planned);

  void add(std::span<const Time> times, std::span<const double> values);
  void add_straggler(Time time, double value);
  void restart(Time first) { tail_ = head_ + count_until(first - nanoseconds(1)); }
  void read(Time tick, Time since, std::span<double> slots);
  void join_ahead(Time tick) { forget_until(tick - planned_->width); }
  void take_back(Time last, Time tick);
  [[nodiscard]] bool quiet(Time tick) const { return newest_ <= tick - planned_->width; }
  [[nodiscard]] bool mixed() const { return planned_->mixed; }
  /// Samples that came closer to each other than the signal's rate says, for which there was no
  /// room: the oldest of the window went.
  [[nodiscard]] std::uint64_t crowded_out() const { return crowded_out_; }

  /// Upper bound of the memory of one.
  [[nodiscard]] static std::size_t bytes(const PlannedWaveform& planned);

 private:
  /// A stretch that was transformed, and what each of the planned values adds up to in it: kept as
  /// long as the stretch stays as it is.
  struct Stretch {
    Time first;
    Time last;
    std::size_t samples;
  };
  struct Transformed {
    std::vector<Stretch> stretches;  ///< in time order
    std::vector<double> energies;    ///< of each, a row of all values
  };

  [[nodiscard]] std::size_t size() const { return tail_ - head_; }
  [[nodiscard]] std::span<const Time> times() const { return times_.first(tail_).subspan(head_); }
  [[nodiscard]] std::size_t count_until(Time time) const;
  [[nodiscard]] std::size_t values_planned() const {
    return planned_->values.end - planned_->values.begin;
  }
  void keep(std::span<const Time> times, std::span<const double> values);
  void make_room(std::size_t samples);
  void forget_until(Time time) { head_ += count_until(time); }
  void forget_stretches_from(Time time);
  [[nodiscard]] std::size_t stretch_length(std::span<const Time> times) const;
  void transform_window(std::span<const Time> times, std::span<const double> values);
  void transform(std::span<const double> values);

  const Plan::Program* program_;
  const PlannedWaveform* planned_;
  LazyArray<Time> times_;
  LazyArray<double> values_;
  std::size_t head_ = 0;  ///< what is held is [head_, tail_), in time order
  std::size_t tail_ = 0;
  Time newest_ = Time::min();
  Transformed transformed_;  ///< of the window read last
  Transformed before_;       ///< of the one before, while a window is read
  Spectrum spectrum_;
  std::uint64_t crowded_out_ = 0;
};

}  // namespace wayside::features
