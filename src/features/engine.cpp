#include "features/engine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/assert.hpp"
#include "features/event_clock.hpp"
#include "features/program.hpp"
#include "features/signal_state.hpp"

namespace wayside::features {

using telemetry::Quality;

struct AssetEngine::State {
  explicit State(std::shared_ptr<const Plan> plan);

  Quality push(SignalId signal, Time time, double value, Quality quality,
               std::optional<std::uint32_t> version);
  std::size_t push(const SampleRun& run, std::size_t from);
  std::size_t append(std::size_t source, const SampleRun& run, std::size_t from);
  bool due() { return ticks.upcoming <= finished || clock.reached(ticks.upcoming); }
  std::optional<Time> next_tick(std::span<double> values);

  void make_room(SignalState& signal);
  std::optional<Time> next_sample() const;
  Time tick_of(Time sample) const { return floor_to(sample - nanoseconds(1), every) + every; }
  void skip();
  void pass(Time tick);
  void evaluate();
  void work_ahead();
  bool read_ahead(std::size_t signal);

  std::shared_ptr<const Plan> plan;
  const Plan::Program& program;
  Duration every;
  EventClock clock;
  std::vector<PairWindows> pairs;
  std::vector<SignalState> signals;  ///< those used
  std::vector<double> slots;
  Ticks ticks;
  Time finished = Time::min();        ///< ticks up to here are due whatever the watermark
  Time ahead = Time::min();           ///< the tick that all signals were looked at ahead of
  std::optional<std::size_t> pushed;  ///< the last sample's signal
  /// All windows are empty, so that ticks before the next sample give the row in `slots` again.
  bool quiet = false;
  std::uint64_t quiet_ticks = 0;
  Counters counters;
};

AssetEngine::State::State(std::shared_ptr<const Plan> p)
    : plan(std::move(p)),
      program(plan->program()),
      every(program.options.every),
      clock(program.sources.size(), program.options.lateness, program.idle),
      slots(program.slots, std::numeric_limits<double>::quiet_NaN()) {
  static_assert(sizeof(State) <= engine_bytes);
  pairs.reserve(program.pairs.size());
  for (const PlannedPairs& planned : program.pairs) pairs.emplace_back(program, planned);
  signals.reserve(program.sources.size());
  for (std::size_t i = 0; i < program.sources.size(); ++i) signals.emplace_back(program, i, pairs);
}

Quality AssetEngine::State::push(SignalId signal, Time time, double value, Quality quality,
                                 std::optional<std::uint32_t> version) {
  WAYSIDE_ASSERT(signal.index() < program.source_of.size(), "the signal is one of the kind's");
  WAYSIDE_ASSERT(!due(), "due ticks are fetched before the next push");
  if (time > Time{} + time_max || time < Time{} - time_max) {
    ++counters.left_out;
    return quality;
  }
  quiet_ticks = 0;
  const auto source = program.source_of[signal.index()];
  pushed = source;
  if (source && signals[*source].full()) make_room(signals[*source]);
  clock.observe(source, time);
  if (ticks.last == Time::min()) ticks.upcoming = std::min(ticks.upcoming, tick_of(time));
  // Of a signal without windows nothing can be too late.
  if (source && time <= ticks.last) {
    ++counters.late;
    return Quality::late;
  }
  if (quality != Quality::good || !std::isfinite(value)) {
    ++counters.left_out;
  } else if (source &&
             !signals[*source].take(time, value, version.value_or(program.sources[*source].version),
                                    ticks)) {
    ++counters.unordered;
    quiet = false;
  }
  return quality;
}

std::size_t AssetEngine::State::push(const SampleRun& run, std::size_t from) {
  WAYSIDE_ASSERT(run.signal.index() < program.source_of.size(), "the signal is one of the kind's");
  WAYSIDE_ASSERT(run.values.size() == run.times.size() &&
                     (run.qualities.empty() || run.qualities.size() == run.times.size()),
                 "the columns of a run are equally long");
  WAYSIDE_ASSERT(!due(), "due ticks are fetched before the next push");
  const auto source = program.source_of[run.signal.index()];
  while (from < run.times.size()) {
    if (source) from += append(*source, run, from);
    if (from == run.times.size()) break;
    push(run.signal, run.times[from], run.values[from],
         run.qualities.empty() ? Quality::good : run.qualities[from], run.version);
    ++from;
    if (due()) break;
  }
  return from;
}

/// Takes as many samples at once as are good, in time order, in time, and make no tick due.
std::size_t AssetEngine::State::append(std::size_t source, const SampleRun& run, std::size_t from) {
  SignalState& signal = signals[source];
  Time newest = clock.newest_of(source);
  // The first sample of a signal may move the first tick.
  if (newest == Time::min()) return 0;
  newest = std::max(newest, ticks.last + nanoseconds(1));
  const Time end = std::min(clock.not_reached_before(source, ticks.upcoming),
                            Time{} + time_max + nanoseconds(1));
  const std::size_t most = std::min(run.times.size() - from, signal.room());
  std::size_t n = 0;
  for (; n < most; ++n) {
    const Time time = run.times[from + n];
    if (time < newest || time >= end || !std::isfinite(run.values[from + n])) break;
    if (!run.qualities.empty() && run.qualities[from + n] != Quality::good) break;
    newest = time;
  }
  if (n == 0) return 0;
  quiet_ticks = 0;
  pushed = source;
  clock.observe(source, newest);
  signal.append(run.times.subspan(from, n), run.values.subspan(from, n), run.version, ticks);
  return n;
}

void AssetEngine::State::make_room(SignalState& signal) {
  // Windows have room only so far ahead of the last tick: the first one is fixed now.
  if (ticks.last == Time::min()) pass(ticks.upcoming - every);
  signal.make_room(ticks);
  quiet = false;
}

std::optional<Time> AssetEngine::State::next_tick(std::span<double> values) {
  WAYSIDE_ASSERT(values.size() == program.features.size(), "one value for each feature");
  if (!due()) {
    work_ahead();
    return std::nullopt;
  }
  if (quiet && quiet_ticks >= empty_ticks_max) {
    skip();
    if (!due()) return std::nullopt;
  }
  const auto sample = quiet ? next_sample() : std::nullopt;
  if (quiet && (!sample || *sample > ticks.upcoming)) {
    ++quiet_ticks;
  } else {
    evaluate();
    quiet_ticks = 0;
  }
  pass(ticks.upcoming);
  std::copy_n(slots.begin(), values.size(), values.begin());
  return ticks.last;
}

/// From now on samples up to `tick` are late.
void AssetEngine::State::pass(Time tick) {
  ticks = {tick, tick + every};
  clock.fix_start();
}

/// The oldest sample that waits for its tick.
std::optional<Time> AssetEngine::State::next_sample() const {
  std::optional<Time> oldest;
  for (const SignalState& signal : signals)
    if (const auto sample = signal.next_sample())
      oldest = std::min(oldest.value_or(Time::max()), *sample);
  return oldest;
}

/// Passes over the due ticks that come before the next sample.
void AssetEngine::State::skip() {
  Time last = floor_to(std::max(*clock.watermark(), finished), every);
  if (const auto sample = next_sample()) last = std::min(last, tick_of(*sample) - every);
  if (last < ticks.upcoming) return;
  counters.skipped_ticks += static_cast<std::uint64_t>((last - ticks.upcoming).ns / every.ns) + 1;
  pass(last);
}

/// Computes the upcoming tick's values.
void AssetEngine::State::evaluate() {
  quiet = true;
  if (!signals.empty()) signals.front().fetch(ticks);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    if (i + 1 < signals.size()) signals[i + 1].fetch(ticks);
    signals[i].read(ticks, slots);
    signals[i].pass();
    quiet = quiet && signals[i].quiet();
  }
  for (PairWindows& windows : pairs) {
    windows.read(ticks.upcoming, slots);
    quiet = quiet && windows.quiet(ticks.upcoming);
  }
  for (std::size_t i = 0; i < program.features.size(); ++i)
    if (program.features[i].computed) slots[i] = program.features[i].code.run(slots);
}

/// Does as much of the next tick's work as is known before it is due, so that its values come out
/// sooner; changes no bit of them.
void AssetEngine::State::work_ahead() {
  if (quiet || ticks.last == Time::min()) return;
  if (ahead == ticks.upcoming) {
    if (pushed) read_ahead(*pushed);
    return;
  }
  ahead = ticks.upcoming;
  if (!signals.empty()) signals.front().fetch(ticks);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    if (i + 1 < signals.size()) signals[i + 1].fetch(ticks);
    if (!read_ahead(i)) signals[i].join_ahead(ticks);
  }
}

/// A signal that does not hold the next tick back will hardly give it another sample.
bool AssetEngine::State::read_ahead(std::size_t index) {
  return !clock.holds_back(index, ticks.upcoming) && signals[index].read_ahead(ticks, slots);
}

AssetEngine::AssetEngine(std::shared_ptr<const Plan> plan)
    : state_(std::make_unique<State>(std::move(plan))) {}
AssetEngine::~AssetEngine() = default;
AssetEngine::AssetEngine(AssetEngine&&) noexcept = default;
AssetEngine& AssetEngine::operator=(AssetEngine&&) noexcept = default;

Quality AssetEngine::push(SignalId signal, Time time, double value, Quality quality) {
  return state_->push(signal, time, value, quality, std::nullopt);
}
Quality AssetEngine::push(SignalId signal, Time time, double value, Quality quality,
                          std::uint32_t version) {
  return state_->push(signal, time, value, quality, version);
}
std::size_t AssetEngine::push(const SampleRun& run, std::size_t from) {
  return state_->push(run, from);
}
std::optional<Time> AssetEngine::next_tick(std::span<double> values) {
  return state_->next_tick(values);
}
void AssetEngine::finish() {
  state_->finished = state_->clock.newest().value_or(Time::min());
  state_->quiet_ticks = 0;
}
void AssetEngine::resume(Time last_tick) {
  state_->finished = std::max(state_->finished, last_tick);
}
const Plan& AssetEngine::plan() const {
  return *state_->plan;
}
AssetEngine::Counters AssetEngine::counters() const {
  Counters counters = state_->counters;
  for (const SignalState& signal : state_->signals) {
    counters.version_changes += signal.version_changes();
    counters.coarsened += signal.coarsened();
    counters.crowded_out += signal.crowded_out();
  }
  for (const PairWindows& windows : state_->pairs) counters.lost_pairs += windows.lost();
  return counters;
}
std::optional<Time> AssetEngine::newest() const {
  return state_->clock.newest();
}

}  // namespace wayside::features
