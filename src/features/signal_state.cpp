#include "features/signal_state.hpp"

namespace wayside::features {

SignalState::SignalState(const Plan::Program& program, const PlannedSource& planned)
    : waiting_(planned.reorder_samples_max) {
  trees_.reserve(planned.trees.size());
  for (const std::size_t tree : planned.trees) trees_.emplace_back(program, program.trees[tree]);
}

std::size_t SignalState::bytes(const Plan::Program& program, const PlannedSource& planned) {
  std::size_t bytes = sizeof(SignalState) + ReorderBuffer::bytes(planned.reorder_samples_max);
  for (const std::size_t tree : planned.trees) bytes += TreeWindows::bytes(program.trees[tree]);
  return bytes;
}

void SignalState::add_first(std::size_t n) {
  each([&](auto& state) { state.add(waiting_.times().first(n), waiting_.values().first(n)); });
}

void SignalState::make_room(const Ticks& ticks) {
  if (read_ == ticks.upcoming) take_back(ticks);
  const std::size_t n = waiting_.size() / 4;
  added_ = waiting_.times()[n - 1];
  add_first(n);
  waiting_.drop(n);
}

bool SignalState::take(Time time, double value, const Ticks& ticks) {
  if (time >= added_) {
    if (read_ == ticks.upcoming && time <= ticks.upcoming) take_back(ticks);
    waiting_.insert(time, value);
    return true;
  }
  each([&](auto& state) { state.add_straggler(time, value); });
  return false;
}

void SignalState::read(const Ticks& ticks, std::span<double> slots) {
  if (read_ == ticks.upcoming) return;
  taken_ = waiting_.count_until(ticks.upcoming);
  add_first(taken_);
  quiet_ = true;
  each([&](auto& state) {
    state.read(ticks.upcoming, slots);
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
  read_ = Time::min();
  taken_ = 0;
  taken_back_ = ticks.upcoming;
}

std::optional<Time> SignalState::next_sample() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.times().front();
}

}  // namespace wayside::features
