#include "features/signal_state.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::features {

namespace {

/// Ticks after the last one that samples can lie in: a signal that is not idle is at most `idle`
/// behind the newest.
std::size_t restarts_max(const Plan::Program& program) {
  const PlanOptions& options = program.options;
  return static_cast<std::size_t>((program.idle + options.lateness).ns / options.every.ns) + 3;
}

}  // namespace

SignalState::SignalState(const Plan::Program& program, std::size_t source,
                         std::span<PairWindows> pairs)
    : waiting_(program.sources[source].reorder_samples_max), every_(program.options.every) {
  const PlannedSource& planned = program.sources[source];
  trees_.reserve(planned.trees.size());
  for (const std::size_t tree : planned.trees) trees_.emplace_back(program, program.trees[tree]);
  quantiles_.reserve(planned.quantiles.end - planned.quantiles.begin);
  for (std::size_t i = planned.quantiles.begin; i < planned.quantiles.end; ++i)
    quantiles_.emplace_back(program, program.quantiles[i]);
  waveforms_.reserve(planned.waveforms.end - planned.waveforms.begin);
  for (std::size_t i = planned.waveforms.begin; i < planned.waveforms.end; ++i)
    waveforms_.emplace_back(program, program.waveforms[i]);
  for (std::size_t i = 0; i < pairs.size(); ++i)
    for (std::size_t side = 0; side < 2; ++side)
      if (program.pairs[i].sources[side] == source) sides_.emplace_back(pairs[i], side);
  restarts_.reserve(restarts_max(program));
}

std::size_t SignalState::bytes(const Plan::Program& program, const PlannedSource& planned) {
  std::size_t bytes = sizeof(SignalState) + ReorderBuffer::bytes(planned.reorder_samples_max) +
                      restarts_max(program) * sizeof(Time);
  for (const std::size_t tree : planned.trees) bytes += TreeWindows::bytes(program.trees[tree]);
  for (std::size_t i = planned.quantiles.begin; i < planned.quantiles.end; ++i)
    bytes += QuantileWindows::bytes(program.quantiles[i]);
  for (std::size_t i = planned.waveforms.begin; i < planned.waveforms.end; ++i)
    bytes += WaveformWindow::bytes(program.waveforms[i]);
  return bytes;
}

void SignalState::add_first(std::size_t n) {
  for (std::size_t at = 0; at < n;) {
    const std::size_t end = waiting_.same_version(at, n);
    const auto times = waiting_.times().subspan(at, end - at);
    if (const std::uint32_t version = waiting_.version(at); history_.version != version) {
      if (history_.version) change_version(times.front());
      history_.version = version;
    }
    each([&](auto& state) { state.add(times, waiting_.values().subspan(at, end - at)); });
    at = end;
  }
}

/// From the sample at `first` on, which is added next.
void SignalState::change_version(Time first) {
  ++history_.changes;
  const auto tick = [this](Time sample) { return floor_to(sample - nanoseconds(1), every_); };
  if (!restarts_.empty() && tick(restarts_.back()) == tick(first)) {
    restarts_.back() = first;
  } else {
    WAYSIDE_ASSERT(restarts_.size() < restarts_.capacity(), "restarts_max covers what is ahead");
    restarts_.push_back(first);
  }
  each([&](auto& state) {
    if (!state.mixed()) state.restart(first);
  });
}

/// The first sample of the version that the signal has at `tick`.
Time SignalState::since(Time tick) {
  const auto later = std::upper_bound(restarts_.begin(), restarts_.end(), tick);
  if (later != restarts_.begin()) history_.since = *std::prev(later);
  restarts_.erase(restarts_.begin(), later);
  return history_.since;
}

void SignalState::make_room(const Ticks& ticks) {
  if (read_ == ticks.upcoming) take_back(ticks);
  waiting_.settle();
  const std::size_t n = waiting_.size() / 4;
  added_ = waiting_.times()[n - 1];
  add_first(n);
  waiting_.drop(n);
}

bool SignalState::take(Time time, double value, std::uint32_t version, const Ticks& ticks) {
  if (time >= added_) {
    if (read_ == ticks.upcoming && time <= ticks.upcoming) take_back(ticks);
    waiting_.insert(time, value, version);
    return true;
  }
  const bool ours = is_of_this_version(time, version);
  each([&](auto& state) {
    if (ours || state.mixed()) state.add_straggler(time, value);
  });
  return false;
}

void SignalState::append(std::span<const Time> times, std::span<const double> values,
                         std::uint32_t version, const Ticks& ticks) {
  if (read_ == ticks.upcoming && times.front() <= ticks.upcoming) take_back(ticks);
  waiting_.append(times, values, version);
}

/// Of a sample among those added: no change of version would lie between it and the newest.
bool SignalState::is_of_this_version(Time time, std::uint32_t version) const {
  const Time first = restarts_.empty() ? history_.since : restarts_.back();
  return version == history_.version && time >= first;
}

void SignalState::read(const Ticks& ticks, std::span<double> slots) {
  if (read_ == ticks.upcoming) return;
  history_before_ = history_;
  waiting_.settle();
  taken_ = waiting_.count_until(ticks.upcoming);
  add_first(taken_);
  const Time first = since(ticks.upcoming);
  quiet_ = true;
  each([&](auto& state) {
    state.read(ticks.upcoming, state.mixed() ? Time::min() : first, slots);
    quiet_ = quiet_ && state.quiet(ticks.upcoming);
  });
  read_ = ticks.upcoming;
}

void SignalState::pass() {
  waiting_.drop(taken_);
  taken_ = 0;
}

bool SignalState::read_ahead(const Ticks& ticks, std::span<double> slots) {
  if (added_ > ticks.last || taken_back_ == ticks.upcoming) return false;
  read(ticks, slots);
  return true;
}

void SignalState::join_ahead(const Ticks& ticks) {
  each([&](auto& state) { state.join_ahead(ticks.upcoming); });
}

/// A sample came for a tick that was read ahead: its signal is read again, with it, at the tick.
void SignalState::take_back(const Ticks& ticks) {
  each([&](auto& state) { state.take_back(ticks.last, ticks.upcoming); });
  history_ = history_before_;
  restarts_.clear();
  read_ = Time::min();
  taken_ = 0;
  taken_back_ = ticks.upcoming;
}

std::optional<Time> SignalState::next_sample() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.oldest();
}

std::uint64_t SignalState::coarsened() const {
  std::uint64_t sum = 0;
  for (const QuantileWindows& quantiles : quantiles_) sum += quantiles.coarsened();
  return sum;
}

std::uint64_t SignalState::crowded_out() const {
  std::uint64_t sum = 0;
  for (const WaveformWindow& waveform : waveforms_) sum += waveform.crowded_out();
  return sum;
}

}  // namespace wayside::features
