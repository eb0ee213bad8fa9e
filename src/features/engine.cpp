#include "features/engine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/assert.hpp"
#include "features/event_clock.hpp"
#include "features/program.hpp"
#include "features/reorder_buffer.hpp"

namespace wayside::features {

using telemetry::Quality;

struct AssetEngine::State {
  /// A used signal.
  struct Source {
    ReorderBuffer waiting;
    Time added = Time::min();  ///< samples up to here were added to the trees before their tick
  };

  explicit State(std::shared_ptr<const Plan> plan);

  Quality push(SignalId signal, Time time, double value, Quality quality);
  bool due() { return upcoming <= finished || clock.reached(upcoming); }
  std::optional<Time> next_tick(std::span<double> values);

  void take(std::size_t source, Time time, double value);
  void make_room(std::size_t source);
  void add(Source& source, const PlannedSource& planned, std::size_t n);
  std::optional<Time> next_sample() const;
  Time tick_of(Time sample) const { return floor_to(sample - nanoseconds(1), every) + every; }
  void skip();
  void pass(Time tick);
  void evaluate(Time tick);
  void read_windows(Time tick);
  void read_lags(Time tick);

  std::shared_ptr<const Plan> plan;
  const Plan::Program& program;
  Duration every;
  EventClock clock;
  std::vector<Source> sources;
  std::vector<PaneTree> trees;
  std::vector<double> slots;
  Time last_tick = Time::min();  ///< before the first: no sample is as old
  Time upcoming = Time::max();   ///< the next tick to be due
  Time finished = Time::min();   ///< ticks up to here are due whatever the watermark
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
  sources.reserve(program.sources.size());
  for (const PlannedSource& source : program.sources)
    sources.push_back({ReorderBuffer(source.reorder_samples_max)});
  trees.reserve(program.trees.size());
  for (const PlannedTree& tree : program.trees) trees.emplace_back(tree.shape);
}

Quality AssetEngine::State::push(SignalId signal, Time time, double value, Quality quality) {
  WAYSIDE_ASSERT(signal.index() < program.source_of.size(), "the signal is one of the kind's");
  WAYSIDE_ASSERT(!due(), "due ticks are fetched before the next push");
  if (time > Time{} + time_max || time < Time{} - time_max) {
    ++counters.left_out;
    return quality;
  }
  quiet_ticks = 0;
  const auto source = program.source_of[signal.index()];
  if (source && sources[*source].waiting.full()) make_room(*source);
  clock.observe(source, time);
  if (last_tick == Time::min()) upcoming = std::min(upcoming, tick_of(time));
  if (time <= last_tick) {
    ++counters.late;
    return Quality::late;
  }
  if (quality != Quality::good || !std::isfinite(value))
    ++counters.left_out;
  else if (source)
    take(*source, time, value);
  return quality;
}

void AssetEngine::State::take(std::size_t index, Time time, double value) {
  Source& source = sources[index];
  const PlannedSource& planned = program.sources[index];
  if (time >= source.added) {
    source.waiting.insert(time, value);
    return;
  }
  ++counters.unordered;
  quiet = false;
  for (const std::size_t tree : planned.trees) trees[tree].add_straggler(time, value);
}

/// Adds the oldest quarter before its tick. As long as samples come in time order this changes no
/// bit of any result.
void AssetEngine::State::make_room(std::size_t index) {
  Source& source = sources[index];
  // The trees have room only so far ahead of the last tick: the first one is fixed now.
  if (last_tick == Time::min()) pass(upcoming - every);
  const std::size_t n = source.waiting.size() / 4;
  source.added = source.waiting.times()[n - 1];
  quiet = false;
  add(source, program.sources[index], n);
}

void AssetEngine::State::add(Source& source, const PlannedSource& planned, std::size_t n) {
  if (n == 0) return;
  for (const std::size_t tree : planned.trees)
    trees[tree].add(source.waiting.times().first(n), source.waiting.values().first(n));
  source.waiting.drop(n);
}

std::optional<Time> AssetEngine::State::next_tick(std::span<double> values) {
  WAYSIDE_ASSERT(values.size() == program.features.size(), "one value for each feature");
  if (!due()) return std::nullopt;
  if (quiet && quiet_ticks >= empty_ticks_max) {
    skip();
    if (!due()) return std::nullopt;
  }
  const auto sample = quiet ? next_sample() : std::nullopt;
  if (quiet && (!sample || *sample > upcoming)) {
    ++quiet_ticks;
  } else {
    evaluate(upcoming);
    quiet_ticks = 0;
  }
  pass(upcoming);
  std::copy_n(slots.begin(), values.size(), values.begin());
  return last_tick;
}

/// From now on samples up to `tick` are late.
void AssetEngine::State::pass(Time tick) {
  last_tick = tick;
  upcoming = tick + every;
  clock.fix_start();
}

/// The oldest sample that waits for its tick.
std::optional<Time> AssetEngine::State::next_sample() const {
  std::optional<Time> oldest;
  for (const Source& source : sources)
    if (!source.waiting.empty())
      oldest = std::min(oldest.value_or(Time::max()), source.waiting.times().front());
  return oldest;
}

/// Passes over the due ticks that come before the next sample.
void AssetEngine::State::skip() {
  Time last = floor_to(std::max(*clock.watermark(), finished), every);
  if (const auto sample = next_sample()) last = std::min(last, tick_of(*sample) - every);
  if (last < upcoming) return;
  counters.skipped_ticks += static_cast<std::uint64_t>((last - upcoming).ns / every.ns) + 1;
  pass(last);
}

void AssetEngine::State::evaluate(Time tick) {
  for (std::size_t i = 0; i < sources.size(); ++i)
    add(sources[i], program.sources[i], sources[i].waiting.count_until(tick));
  quiet = true;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    const std::int64_t end = tick.ns / program.trees[i].shape.pane.ns;
    trees[i].advance(end);
    quiet = quiet && trees[i].quiet(end);
  }
  read_windows(tick);
  read_lags(tick);
  for (std::size_t i = 0; i < program.features.size(); ++i)
    slots[i] = program.features[i].code.run(slots);
}

void AssetEngine::State::read_windows(Time tick) {
  std::array<double, Layout::stride_max> node;
  const PlannedReads& reads = program.reads;
  for (std::size_t i = 0; i < reads.values.size();) {
    const std::size_t w = reads.values[i].window;
    const PlannedWindow& window = reads.windows[w];
    const TreeShape& shape = program.trees[window.tree].shape;
    const std::int64_t end = tick.ns / shape.pane.ns;
    trees[window.tree].query(end - window.width.ns / shape.pane.ns, end, window.components,
                             node.data());
    for (; i < reads.values.size() && reads.values[i].window == w; ++i)
      slots[reads.values[i].slot] = value_of(reads.values[i].statistic, shape.layout, node.data());
  }
}

/// A slot of a lag keeps its value until a younger sample is `delay` old.
void AssetEngine::State::read_lags(Time tick) {
  std::array<double, Layout::stride_max> node;
  for (const PlannedLag& lag : program.reads.lags) {
    const TreeShape& shape = program.trees[lag.tree].shape;
    const std::int64_t end = (tick - lag.delay).ns / shape.pane.ns;
    trees[lag.tree].query(end - every.ns / shape.pane.ns, end, component::last, node.data());
    if (node[0] > 0) slots[lag.slot] = value_of(Statistic::last, shape.layout, node.data());
  }
}

AssetEngine::AssetEngine(std::shared_ptr<const Plan> plan)
    : state_(std::make_unique<State>(std::move(plan))) {}
AssetEngine::~AssetEngine() = default;
AssetEngine::AssetEngine(AssetEngine&&) noexcept = default;
AssetEngine& AssetEngine::operator=(AssetEngine&&) noexcept = default;

Quality AssetEngine::push(SignalId signal, Time time, double value, Quality quality) {
  return state_->push(signal, time, value, quality);
}
std::optional<Time> AssetEngine::next_tick(std::span<double> values) {
  return state_->next_tick(values);
}
void AssetEngine::finish() {
  state_->finished = state_->clock.newest().value_or(Time::min());
  state_->quiet_ticks = 0;
}
const Plan& AssetEngine::plan() const {
  return *state_->plan;
}
const AssetEngine::Counters& AssetEngine::counters() const {
  return state_->counters;
}
std::optional<Time> AssetEngine::newest() const {
  return state_->clock.newest();
}

}  // namespace wayside::features
