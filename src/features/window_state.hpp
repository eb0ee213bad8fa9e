#pragma once

#include <concepts>
#include <span>

#include "base/time.hpp"

namespace wayside::features {

/// What the windows of one signal hold of its samples. There is one class for each way of holding
/// them, all with these members; a `SignalState` calls them for runs of samples and for ticks,
/// never for a single sample but a straggler.
///
/// `state.add(times, values)`: a run in time order, none older than what was added before, all
/// after the last tick that was read.
///
/// `state.restart(first)`: the sample that is added next, at `first`, is the first of another
/// version of the signal. What was added before it counts only for ticks before `first`, so that
/// what its pane holds so far (of panes that end at ticks) counts no more at all. Not called where
/// `state.mixed()`: the windows take samples of all versions.
///
/// `state.add_straggler(time, value)`: one sample after the last tick, but older than what was
/// added before. Its place in the order of summation may be lost. Unless the windows are mixed, it
/// is none older than the last `restart`.
///
/// `state.read(tick, since, slots)`: all samples up to `tick` were added, and none after it but by
/// a buffer that was full. Writes the values of the windows that end there and begin with the
/// sample that was announced as the restart at `since`, if they are not mixed; `since` is the last
/// restart at or before `tick`, or Time::min(). It never decreases, but to a time after `last`
/// where a reading was taken back.
///
/// `state.join_ahead(tick)`: called at most once for a tick, before any `read` of it, as soon as
/// the tick before it is out. Does what of that `read` can be done before its samples are known.
///
/// `state.take_back(last, tick)`: undoes the last `read`, of `tick`, and every `add` and `restart`
/// for it: of the samples after `last`, the tick read before it. The samples will be added again,
/// with others between them. Not called where a full buffer added samples after `last` before the
/// `read`.
///
/// `state.quiet(tick)`: after its `read`: those windows are empty, and nothing younger was added.
template <class T>
concept WindowState = requires(T& state, const T& unchanged, std::span<const Time> times,
                               std::span<const double> values, Time time, double value,
                               std::span<double> slots) {
  state.add(times, values);
  state.restart(time);
  state.add_straggler(time, value);
  state.read(time, time, slots);
  state.join_ahead(time);
  state.take_back(time, time);
  { unchanged.quiet(time) } -> std::same_as<bool>;
  { unchanged.mixed() } -> std::same_as<bool>;
};

}  // namespace wayside::features
