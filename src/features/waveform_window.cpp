#include "features/waveform_window.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wayside::features {

static_assert(WindowState<WaveformWindow>);

namespace {

/// Twice what is kept, so that closing the gap in front is rare.
std::size_t rooms(const PlannedWaveform& planned) {
  return 2 * planned.samples_max;
}

}  // namespace

WaveformWindow::WaveformWindow(const Plan::Program& program, const PlannedWaveform& planned)
    : program_(&program),
      planned_(&planned),
      times_(rooms(planned)),
      values_(rooms(planned)),
      spectrum_(planned.stretch_max) {
  for (Transformed* transformed : {&transformed_, &before_}) {
    transformed->stretches.reserve(planned.stretches_max());
    transformed->energies.reserve(planned.stretches_max() * values_planned());
  }
}

std::size_t WaveformWindow::bytes(const PlannedWaveform& planned) {
  const std::size_t row =
      sizeof(Stretch) + (planned.values.end - planned.values.begin) * sizeof(double);
  return sizeof(WaveformWindow) - sizeof(Spectrum) + Spectrum::bytes(planned.stretch_max) +
         rooms(planned) * (sizeof(Time) + sizeof(double)) + 2 * planned.stretches_max() * row;
}

std::size_t WaveformWindow::count_until(Time time) const {
  const auto held = times();
  return static_cast<std::size_t>(std::upper_bound(held.begin(), held.end(), time) - held.begin());
}

/// What lies between the windows of two ticks is never asked for.
void WaveformWindow::add(std::span<const Time> times, std::span<const double> values) {
  const Duration every = program_->options.every;
  while (!times.empty()) {
    const Time tick = floor_to(times.front() - nanoseconds(1), every) + every;
    const auto until = [&](Time time) {
      return static_cast<std::size_t>(std::upper_bound(times.begin(), times.end(), time) -
                                      times.begin());
    };
    const std::size_t begin = until(tick - planned_->width);
    const std::size_t end = until(tick);
    keep(times.subspan(begin, end - begin), values.subspan(begin, end - begin));
    times = times.subspan(end);
    values = values.subspan(end);
  }
}

void WaveformWindow::keep(std::span<const Time> times, std::span<const double> values) {
  while (!times.empty()) {
    const std::size_t n = std::min(times.size(), planned_->samples_max);
    make_room(n);
    std::copy_n(times.begin(), n, &times_[tail_]);
    std::copy_n(values.begin(), n, &values_[tail_]);
    tail_ += n;
    newest_ = std::max(newest_, times[n - 1]);
    times = times.subspan(n);
    values = values.subspan(n);
  }
}

/// For so many more, at most as many as are kept.
void WaveformWindow::make_room(std::size_t samples) {
  if (size() + samples > planned_->samples_max) {
    const std::size_t n = size() + samples - planned_->samples_max;
    crowded_out_ += n;
    head_ += n;
  }
  // As soon as the gap is as long as what is moved: no more memory is touched than is needed.
  if (head_ < size()) return;
  std::copy(&times_[head_], &times_[tail_], &times_[0]);
  std::copy(&values_[head_], &values_[tail_], &values_[0]);
  tail_ = size();
  head_ = 0;
}

void WaveformWindow::add_straggler(Time time, double value) {
  forget_stretches_from(time);
  const std::size_t before = size();
  const std::uint64_t crowded = crowded_out_;
  add({&time, 1}, {&value, 1});
  if (size() == before && crowded_out_ == crowded) return;
  // It was put last.
  const auto held = times().first(size() - 1);
  const auto at = std::upper_bound(held.begin(), held.end(), time) - held.begin();
  const std::size_t place = head_ + static_cast<std::size_t>(at);
  std::rotate(&times_[place], &times_[tail_ - 1], &times_[tail_]);
  std::rotate(&values_[place], &values_[tail_ - 1], &values_[tail_]);
}

void WaveformWindow::take_back(Time last, Time) {
  tail_ = head_ + count_until(last);
  forget_stretches_from(last + nanoseconds(1));
}

void WaveformWindow::forget_stretches_from(Time time) {
  auto& [stretches, energies] = transformed_;
  while (!stretches.empty() && stretches.back().last >= time) stretches.pop_back();
  energies.resize(stretches.size() * values_planned());
}

/// Of the stretch that begins with the first of `times`.
std::size_t WaveformWindow::stretch_length(std::span<const Time> times) const {
  std::size_t n = 1;
  while (n < times.size()) {
    const Duration step = times[n] - times[n - 1];
    if (step < planned_->step_min || step > planned_->step_max) break;
    ++n;
  }
  return n;
}

void WaveformWindow::read(Time tick, Time since, std::span<double> slots) {
  forget_until(tick - planned_->width);
  if (since != Time::min()) forget_until(since - nanoseconds(1));
  const std::size_t n = count_until(tick);
  transform_window(times().first(n), values_.first(tail_).subspan(head_, n));
  const auto& [stretches, energies] = transformed_;
  std::size_t samples = 0;
  for (const Stretch& stretch : stretches) samples += stretch.samples;
  for (std::size_t v = 0; v < values_planned(); ++v) {
    double energy = 0;
    for (std::size_t s = 0; s < stretches.size(); ++s) energy += energies[s * values_planned() + v];
    slots[program_->bands[planned_->values.begin + v].slot] =
        samples == 0 ? std::numeric_limits<double>::quiet_NaN()
                     : std::sqrt(energy / static_cast<double>(samples));
  }
}

void WaveformWindow::transform_window(std::span<const Time> times, std::span<const double> values) {
  std::swap(transformed_, before_);
  transformed_.stretches.clear();
  transformed_.energies.clear();
  std::size_t old = 0;
  for (std::size_t at = 0; at < times.size();) {
    const std::size_t n = stretch_length(times.subspan(at));
    const Stretch stretch{times[at], times[at + n - 1], n};
    if (n >= planned_->run_length) {
      while (old < before_.stretches.size() && before_.stretches[old].last < stretch.last) ++old;
      const bool same =
          old < before_.stretches.size() && before_.stretches[old].first == stretch.first &&
          before_.stretches[old].last == stretch.last && before_.stretches[old].samples == n;
      transformed_.stretches.push_back(stretch);
      if (same) {
        const auto row =
            before_.energies.begin() + static_cast<std::ptrdiff_t>(old * values_planned());
        transformed_.energies.insert(transformed_.energies.end(), row,
                                     row + static_cast<std::ptrdiff_t>(values_planned()));
      } else {
        transform(values.subspan(at, n));
      }
    }
    at += n;
  }
}

/// Appends the row of a stretch.
void WaveformWindow::transform(std::span<const double> values) {
  spectrum_.transform(values, planned_->rate_hz);
  for (std::size_t i = planned_->values.begin; i < planned_->values.end; ++i) {
    const PlannedBand& planned = program_->bands[i];
    transformed_.energies.push_back(planned.envelope ? spectrum_.envelope_energy(planned.band)
                                                     : spectrum_.energy(planned.band));
  }
}

}  // namespace wayside::features
