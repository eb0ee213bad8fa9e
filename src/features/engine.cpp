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
    /// The tick whose windows are in `slots`, the next one where they were read ahead of it. Until
    /// it is evaluated, the `taken` samples that they came from still wait.
    Time read = Time::min();
    std::size_t taken = 0;
    bool quiet = false;             ///< its windows of that tick are empty
    Time joined = Time::min();      ///< the tick of whose windows the closed panes are joined
    Time taken_back = Time::min();  ///< the tick that was read ahead in vain
  };

  explicit State(std::shared_ptr<const Plan> plan);

  Quality push(SignalId signal, Time time, double value, Quality quality);
  bool due() { return upcoming <= finished || clock.reached(upcoming); }
  std::optional<Time> next_tick(std::span<double> values);

  void take(std::size_t source, Time time, double value);
  void make_room(std::size_t source);
  std::optional<Time> next_sample() const;
  Time tick_of(Time sample) const { return floor_to(sample - nanoseconds(1), every) + every; }
  void skip();
  void pass(Time tick);
  void evaluate(Time tick);
  void read(std::size_t source, Time tick);
  void read_windows(const PlannedTree& planned, const PaneTree& tree, Time tick, bool joined);
  void read_lags(const PlannedTree& planned, const PaneTree& tree, Time tick);
  void work_ahead();
  bool read_ahead(std::size_t source);
  void join_ahead(std::size_t source);
  void take_back(std::size_t source);

  std::shared_ptr<const Plan> plan;
  const Plan::Program& program;
  Duration every;
  EventClock clock;
  std::vector<Source> sources;
  std::vector<PaneTree> trees;
  std::vector<double> nodes;               ///< of the windows
  std::vector<std::int64_t> joined_until;  ///< pane up to which a window is joined ahead
  std::vector<double> slots;
  Time last_tick = Time::min();       ///< before the first: no sample is as old
  Time upcoming = Time::max();        ///< the next tick to be due
  Time finished = Time::min();        ///< ticks up to here are due whatever the watermark
  Time ahead = Time::min();           ///< the tick that all sources were looked at ahead of
  std::optional<std::size_t> pushed;  ///< the last sample's source
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
      nodes(program.reads.nodes),
      joined_until(program.reads.windows.size()),
      slots(program.slots, std::numeric_limits<double>::quiet_NaN()) {
  static_assert(sizeof(State) <= engine_bytes && sizeof(Source) <= source_bytes);
  sources.reserve(program.sources.size());
  for (const PlannedSource& source : program.sources)
    sources.push_back({.waiting = ReorderBuffer(source.reorder_samples_max)});
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
  pushed = source;
  if (source && sources[*source].waiting.full()) make_room(*source);
  clock.observe(source, time);
  if (last_tick == Time::min()) upcoming = std::min(upcoming, tick_of(time));
  // Of a signal without windows nothing can be too late.
  if (source && time <= last_tick) {
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
    if (source.read == upcoming && time <= upcoming) take_back(index);
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
  if (source.read == upcoming) take_back(index);
  // The trees have room only so far ahead of the last tick: the first one is fixed now.
  if (last_tick == Time::min()) pass(upcoming - every);
  const std::size_t n = source.waiting.size() / 4;
  source.added = source.waiting.times()[n - 1];
  quiet = false;
  for (const std::size_t tree : program.sources[index].trees)
    trees[tree].add(source.waiting.times().first(n), source.waiting.values().first(n));
  source.waiting.drop(n);
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
  quiet = true;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    Source& source = sources[i];
    if (source.read != tick) read(i, tick);
    source.waiting.drop(source.taken);
    source.taken = 0;
    quiet = quiet && source.quiet;
  }
  for (std::size_t i = 0; i < program.features.size(); ++i)
    if (program.features[i].computed) slots[i] = program.features[i].code.run(slots);
}

/// Reads what one signal gives at a tick, of which its samples stay in the buffer.
void AssetEngine::State::read(std::size_t index, Time tick) {
  Source& source = sources[index];
  source.taken = source.waiting.count_until(tick);
  source.quiet = true;
  for (const std::size_t i : program.sources[index].trees) {
    const PlannedTree& planned = program.trees[i];
    PaneTree& tree = trees[i];
    tree.add(source.waiting.times().first(source.taken),
             source.waiting.values().first(source.taken));
    const std::int64_t end = tick.ns / planned.shape.pane.ns;
    tree.advance(end);
    source.quiet = source.quiet && tree.quiet(end);
    read_windows(planned, tree, tick, source.joined == tick);
    read_lags(planned, tree, tick);
  }
  source.read = tick;
  source.joined = Time::min();
}

void AssetEngine::State::read_windows(const PlannedTree& planned, const PaneTree& tree, Time tick,
                                      bool joined) {
  const std::int64_t end = tick.ns / planned.shape.pane.ns;
  for (std::size_t w = planned.windows.begin; w < planned.windows.end; ++w) {
    const PlannedWindow& window = program.reads.windows[w];
    double* node = &nodes[window.node];
    const std::int64_t begin = end - window.panes;
    if (joined)
      tree.query_rest(begin, joined_until[w], end, window.components, node);
    else
      tree.query(begin, end, window.components, node);
    for (std::size_t v = window.values.begin; v < window.values.end; ++v) {
      const PlannedValue& value = program.reads.values[v];
      slots[value.slot] = value_of(value.statistic, planned.shape.layout, node);
    }
  }
}

/// A slot of a lag keeps its value until a younger sample is `delay` old.
void AssetEngine::State::read_lags(const PlannedTree& planned, const PaneTree& tree, Time tick) {
  std::array<double, Layout::stride_max> node;
  const TreeShape& shape = planned.shape;
  for (std::size_t i = planned.lags.begin; i < planned.lags.end; ++i) {
    const PlannedLag& lag = program.reads.lags[i];
    const std::int64_t end = (tick - lag.delay).ns / shape.pane.ns;
    tree.query(end - every.ns / shape.pane.ns, end, component::last, node.data());
    if (node[0] > 0) slots[lag.slot] = value_of(Statistic::last, shape.layout, node.data());
  }
}

/// Does as much of the next tick's work as is known before it is due, so that its values come out
/// sooner; changes no bit of them.
void AssetEngine::State::work_ahead() {
  if (quiet || last_tick == Time::min()) return;
  if (ahead == upcoming) {
    if (pushed) read_ahead(*pushed);
    return;
  }
  ahead = upcoming;
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (!read_ahead(i)) join_ahead(i);
}

/// A signal that does not hold the next tick back will hardly give it another sample.
bool AssetEngine::State::read_ahead(std::size_t index) {
  const Source& source = sources[index];
  if (source.read == upcoming) return true;
  if (clock.holds_back(index, upcoming) || source.added > last_tick ||
      source.taken_back == upcoming)
    return false;
  read(index, upcoming);
  return true;
}

/// Of the windows at the next tick joins what is closed: samples still to come are younger.
void AssetEngine::State::join_ahead(std::size_t index) {
  for (const std::size_t i : program.sources[index].trees) {
    const PlannedTree& planned = program.trees[i];
    const std::int64_t end = upcoming.ns / planned.shape.pane.ns;
    for (std::size_t w = planned.windows.begin; w < planned.windows.end; ++w) {
      const PlannedWindow& window = program.reads.windows[w];
      joined_until[w] =
          trees[i].query_closed(end - window.panes, end, window.components, &nodes[window.node]);
    }
  }
  sources[index].joined = upcoming;
}

/// A sample came for a tick that was read ahead: its signal is read again, with it, at the tick.
void AssetEngine::State::take_back(std::size_t index) {
  Source& source = sources[index];
  for (const std::size_t i : program.sources[index].trees) {
    const std::int64_t pane = program.trees[i].shape.pane.ns;
    trees[i].take_back(last_tick.ns / pane, upcoming.ns / pane);
  }
  source.read = Time::min();
  source.taken = 0;
  source.taken_back = upcoming;
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
