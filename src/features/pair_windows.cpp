#include "features/pair_windows.hpp"

#include <algorithm>

namespace wayside::features {

static_assert(WindowState<PairWindows::Side>);

PairWindows::PairWindows(const Plan::Program& program, const PlannedPairs& planned)
    : planned_(&planned), tree_(program, program.trees[planned.tree]) {
  for (std::size_t side = 0; side < 2; ++side) {
    sides_[side].times.reserve(planned.waiting_max);
    sides_[side].values.reserve(planned.waiting_max);
    values_[side].reserve(planned.waiting_max);
  }
  times_.reserve(planned.waiting_max);
}

std::size_t PairWindows::bytes(const Plan::Program& program, const PlannedPairs& planned) {
  return sizeof(PairWindows) - sizeof(TreeWindows) +
         TreeWindows::bytes(program.trees[planned.tree]) +
         planned.waiting_max * (3 * sizeof(Time) + 4 * sizeof(double));
}

void PairWindows::add(std::size_t side, std::span<const Time> times,
                      std::span<const double> values) {
  Waiting& waiting = sides_[side];
  while (!times.empty()) {
    const std::size_t n = std::min(times.size(), planned_->waiting_max);
    make_room(side, n);
    waiting.times.insert(waiting.times.end(), times.begin(),
                         times.begin() + static_cast<std::ptrdiff_t>(n));
    waiting.values.insert(waiting.values.end(), values.begin(),
                          values.begin() + static_cast<std::ptrdiff_t>(n));
    waiting.newest = std::max(waiting.newest, times[n - 1]);
    times = times.subspan(n);
    values = values.subspan(n);
  }
}

/// Both sides come in time order, so that pairs older than the newest of either are complete. Only
/// where one side is far behind the other, samples that wait for it are lost.
void PairWindows::make_room(std::size_t side, std::size_t samples) {
  const Waiting& waiting = sides_[side];
  if (waiting.times.size() + samples <= planned_->waiting_max) return;
  const Time complete = std::min(sides_[0].newest, sides_[1].newest);
  if (complete != Time::min()) join(complete - nanoseconds(1));
  const std::size_t free = planned_->waiting_max - waiting.times.size();
  if (free >= samples) return;
  lost_ += samples - free;
  drop(side, samples - free);
}

void PairWindows::drop(std::size_t side, std::size_t samples) {
  Waiting& waiting = sides_[side];
  const auto n = static_cast<std::ptrdiff_t>(samples);
  waiting.times.erase(waiting.times.begin(), waiting.times.begin() + n);
  waiting.values.erase(waiting.values.begin(), waiting.values.begin() + n);
}

void PairWindows::add_straggler(std::size_t side, Time time, double value) {
  if (time <= joined_) {
    ++lost_;
    return;
  }
  make_room(side, 1);
  Waiting& waiting = sides_[side];
  const auto at = std::upper_bound(waiting.times.begin(), waiting.times.end(), time);
  waiting.values.insert(waiting.values.begin() + (at - waiting.times.begin()), value);
  waiting.times.insert(at, time);
}

/// Of the pane of `first` what is there counts no more, so that of this side it need not wait.
void PairWindows::restart(std::size_t side, Time first) {
  forget_after(side, tree_.start_of_pane(first));
  tree_.restart(first);
}

void PairWindows::forget_after(std::size_t side, Time time) {
  Waiting& waiting = sides_[side];
  const auto kept = std::upper_bound(waiting.times.begin(), waiting.times.end(), time);
  waiting.values.resize(static_cast<std::size_t>(kept - waiting.times.begin()));
  waiting.times.erase(kept, waiting.times.end());
  waiting.newest = std::min(waiting.newest, time);
}

/// Puts together what both sides have up to a time, and forgets it.
void PairWindows::join(Time until) {
  times_.clear();
  for (auto& values : values_) values.clear();
  std::size_t at[2] = {0, 0};
  const auto more = [&](std::size_t side) {
    return at[side] < sides_[side].times.size() && sides_[side].times[at[side]] <= until;
  };
  while (more(0) && more(1)) {
    const Time x = sides_[0].times[at[0]];
    const Time y = sides_[1].times[at[1]];
    if (x == y) {
      times_.push_back(x);
      for (std::size_t side = 0; side < 2; ++side)
        values_[side].push_back(sides_[side].values[at[side]]);
    }
    if (x <= y) ++at[0];
    if (y <= x) ++at[1];
  }
  for (std::size_t side = 0; side < 2; ++side) {
    while (more(side)) ++at[side];
    drop(side, at[side]);
  }
  if (!times_.empty()) tree_.add(times_, values_[0], values_[1]);
  joined_ = std::max(joined_, until);
}

void PairWindows::read(Time tick, std::span<double> slots) {
  join(tick);
  tree_.read(tick, std::max(sides_[0].since, sides_[1].since), slots);
}

bool PairWindows::quiet(Time tick) const {
  return tree_.quiet(tick) && (sides_[0].times.empty() || sides_[1].times.empty());
}

}  // namespace wayside::features
