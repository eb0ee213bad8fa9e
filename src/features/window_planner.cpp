#include "features/window_planner.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "features/quantile_windows.hpp"
#include "features/waveform_window.hpp"

namespace wayside::features {
namespace {

/// The row of `rows` for which `same` holds; a new one, `fresh`, where there is none.
template <class Row, class Same>
Row& find_or_add(std::vector<Row>& rows, Same same, Row fresh) {
  const auto found = std::find_if(rows.begin(), rows.end(), same);
  return found != rows.end() ? *found : rows.emplace_back(std::move(fresh));
}

config::Location place(const WindowCall& call, const Reporter& reporter) {
  return reporter.place(call.width_at->offset);
}

}  // namespace

std::optional<std::uint32_t> WindowPlanner::read(const WindowCall& call,
                                                 const std::vector<SignalId>& signals,
                                                 Reporter& reporter) {
  const WindowKind kind = call.function->kind;
  if (kind == WindowKind::band || kind == WindowKind::envelope)
    return read_band(call, signals[0], reporter);
  const auto pane = pane_of(call, reporter);
  if (!pane) return std::nullopt;
  if (kind == WindowKind::quantile) return read_quantile(call, signals, *pane, reporter);
  DraftTree& found = tree(call, signals, *pane, reporter);
  return kind == WindowKind::lag ? read_lag(call, found)
                                 : read_statistic(*call.function, call, found);
}

std::size_t WindowPlanner::source(SignalId signal) {
  auto& index = program_.source_of[signal.index()];
  if (index) return *index;
  const telemetry::Signal& found = kind_[signal];
  PlannedSource source;
  source.signal = signal;
  source.name = found.name;
  source.version = found.version;
  source.reorder_samples_max = program_.options.reorder_samples_max;
  // Two whole runs of a waveform, so that they may change places.
  if (found.waveform)
    source.reorder_samples_max = std::max(
        source.reorder_samples_max, std::min(2 * found.waveform->length, waveform_reorder_max));
  index = program_.sources.size();
  program_.sources.push_back(std::move(source));
  return *index;
}

/// Panes that samples can be ahead of the last tick; see EventClock: a signal that is not idle is
/// at most `idle` behind the newest.
std::int64_t WindowPlanner::ahead(Duration pane) const {
  return (program_.idle + program_.options.lateness + program_.options.every).ns / pane.ns + 2;
}

/// The pane depends on the window and the grid alone, never on other windows.
std::optional<Duration> WindowPlanner::pane_of(const WindowCall& call, Reporter& reporter) const {
  const PlanOptions& options = program_.options;
  const Duration pane{std::gcd(options.every.ns, call.width.ns)};
  const Duration reach =
      call.function->kind == WindowKind::lag ? call.width + options.every : call.width;
  if (reach.ns / pane.ns <= TreeShape::panes_max && ahead(pane) <= TreeShape::panes_max)
    return pane;
  reporter.error(call.width_at->offset,
                 fmt::format("{} over a grid of {} needs steps of {}, more than {} of them: "
                             "choose a multiple of 'every'",
                             format_duration(call.width), format_duration(options.every),
                             format_duration(pane), TreeShape::panes_max));
  return std::nullopt;
}

WindowPlanner::DraftTree& WindowPlanner::tree(const WindowCall& call,
                                              const std::vector<SignalId>& signals, Duration pane,
                                              const Reporter& reporter) {
  DraftTree fresh;
  fresh.source = source(signals[0]);
  if (signals.size() > 1) fresh.other = source(signals[1]);
  fresh.pane = pane;
  fresh.mixed = call.mixed;
  if (call.function->statistic == Statistic::ewma) fresh.half_life = call.half_life;
  const auto same = [&](const DraftTree& tree) {
    return tree.source == fresh.source && tree.other == fresh.other && tree.pane == fresh.pane &&
           tree.mixed == fresh.mixed && tree.half_life == fresh.half_life;
  };
  DraftTree& found = find_or_add(trees_, same, fresh);
  const Duration reach =
      call.function->kind == WindowKind::lag ? call.width + program_.options.every : call.width;
  if (const std::int64_t keep = reach.ns / pane.ns;
      keep > found.keep || (found.windows.empty() && found.lags.empty())) {
    found.keep = keep;
    found.widest_at = place(call, reporter);
  }
  return found;
}

std::uint32_t WindowPlanner::read_statistic(const WindowFunction& function, const WindowCall& call,
                                            DraftTree& tree) {
  tree.components |= function.needs;
  DraftWindow& window = find_or_add(
      tree.windows, [&](const DraftWindow& w) { return w.width == call.width; },
      DraftWindow{call.width, 0, {}});
  window.components |= function.needs;
  for (const PlannedValue& value : window.values)
    if (value.statistic == function.statistic) return static_cast<std::uint32_t>(value.slot);
  window.values.push_back({0, function.statistic, new_slot()});
  return static_cast<std::uint32_t>(window.values.back().slot);
}

std::uint32_t WindowPlanner::read_lag(const WindowCall& call, DraftTree& tree) {
  tree.components |= call.function->needs;
  for (const PlannedLag& lag : tree.lags)
    if (lag.delay == call.width) return static_cast<std::uint32_t>(lag.slot);
  tree.lags.push_back({0, call.width, new_slot()});
  return static_cast<std::uint32_t>(tree.lags.back().slot);
}

std::uint32_t WindowPlanner::read_quantile(const WindowCall& call,
                                           const std::vector<SignalId>& signals, Duration pane,
                                           const Reporter& reporter) {
  const std::uint32_t min_slot =
      read_statistic(*find_window("min"), call, tree(call, signals, pane, reporter));
  const std::uint32_t max_slot =
      read_statistic(*find_window("max"), call, tree(call, signals, pane, reporter));
  DraftQuantiles fresh;
  fresh.window.source = source(signals[0]);
  fresh.window.mixed = call.mixed;
  fresh.window.width = call.width;
  fresh.window.shape = PaneBinsShape::of(pane, call.width.ns / pane.ns, ahead(pane));
  fresh.at = place(call, reporter);
  const auto same = [&](const DraftQuantiles& q) {
    return q.window.source == fresh.window.source && q.window.mixed == call.mixed &&
           q.window.width == call.width;
  };
  DraftQuantiles& found = find_or_add(quantiles_, same, fresh);
  for (const PlannedQuantile& value : found.values)
    if (value.q == call.q) return static_cast<std::uint32_t>(value.slot);
  found.values.push_back({0, call.q, new_slot(), min_slot, max_slot});
  return static_cast<std::uint32_t>(found.values.back().slot);
}

std::optional<std::uint32_t> WindowPlanner::read_band(const WindowCall& call, SignalId signal,
                                                      Reporter& reporter) {
  if (!check_band(call, kind_[signal], reporter)) return std::nullopt;
  DraftWaveform fresh{waveform_window(call, signal), place(call, reporter), {}};
  const auto same = [&](const DraftWaveform& w) {
    return w.window.source == fresh.window.source && w.window.mixed == call.mixed &&
           w.window.width == call.width;
  };
  DraftWaveform& found = find_or_add(waveforms_, same, fresh);
  const bool envelope = call.function->kind == WindowKind::envelope;
  for (const PlannedBand& value : found.values)
    if (value.band == call.band && value.envelope == envelope)
      return static_cast<std::uint32_t>(value.slot);
  found.values.push_back({0, call.band, envelope, new_slot()});
  return static_cast<std::uint32_t>(found.values.back().slot);
}

bool WindowPlanner::check_band(const WindowCall& call, const telemetry::Signal& signal,
                               Reporter& reporter) {
  const std::size_t before = call.signals[0]->offset;
  if (!signal.waveform) {
    reporter.error(before, fmt::format("'{}' takes a waveform, found the scalar signal '{}'",
                                       call.function->name, signal.name));
    return false;
  }
  const telemetry::Waveform& waveform = *signal.waveform;
  const double rate = waveform.rate_hz;
  const auto bad = [&](bool condition, const Node& at, std::string message) {
    if (condition) reporter.error(at.offset, std::move(message));
    return condition;
  };
  if (bad(std::ceil(0.9e9 / rate) > std::floor(1.1e9 / rate), *call.signals[0],
          fmt::format("{} Hz is too fast for times in nanoseconds", rate)))
    return false;
  bool ok = !bad(2 * call.band.high_hz > rate, *call.band_at,
                 fmt::format("{} Hz tell frequencies up to {}Hz, found a band up to {}Hz", rate,
                             rate / 2, call.band.high_hz));
  const double line = rate / static_cast<double>(waveform.length);
  ok &= !bad(call.band.high_hz - call.band.low_hz < line, *call.band_at,
             fmt::format("a run of {} samples tells frequencies {}Hz apart, found a band of {}Hz",
                         waveform.length, line, call.band.high_hz - call.band.low_hz));
  ok &= !bad(call.width <= waveform.offset(waveform.length - 1), *call.width_at,
             fmt::format("a run of '{}' lasts {}, longer than this window", signal.name,
                         format_duration(waveform.offset(waveform.length))));
  ok &= !bad(call.width.seconds() * rate > static_cast<double>(PlannedWaveform::samples_limit),
             *call.width_at,
             fmt::format("{} of '{}' are more than {} samples", format_duration(call.width),
                         signal.name, PlannedWaveform::samples_limit));
  return ok;
}

PlannedWaveform WindowPlanner::waveform_window(const WindowCall& call, SignalId signal) {
  const telemetry::Waveform& waveform = *kind_[signal].waveform;
  PlannedWaveform window;
  window.source = source(signal);
  window.mixed = call.mixed;
  window.width = call.width;
  window.rate_hz = waveform.rate_hz;
  window.run_length = waveform.length;
  window.step_min = nanoseconds(static_cast<std::int64_t>(std::ceil(0.9e9 / waveform.rate_hz)));
  window.step_max = nanoseconds(static_cast<std::int64_t>(std::floor(1.1e9 / waveform.rate_hz)));
  const auto samples_in = [&](Duration d) {
    return static_cast<std::size_t>(d.ns / window.step_min.ns) + 1;
  };
  const PlanOptions& options = program_.options;
  window.stretch_max = samples_in(call.width);
  // Of each tick that samples may lie in before it, those of its window.
  const auto ticks =
      static_cast<std::size_t>((program_.idle + options.lateness).ns / options.every.ns + 2);
  window.samples_max = window.stretch_max + ticks * samples_in(std::min(call.width, options.every));
  return window;
}

void WindowPlanner::finish() {
  finish_trees();
  finish_quantiles();
  finish_waveforms();
}

void WindowPlanner::note(std::size_t bytes, const config::Location& at) {
  if (!largest_ || bytes > largest_->bytes) largest_ = {at, bytes};
}

void WindowPlanner::finish_trees() {
  PlannedReads& reads = program_.reads;
  for (const DraftTree& draft : trees_) {
    const std::size_t tree = program_.trees.size();
    PlannedTree planned;
    planned.source = draft.source;
    planned.mixed = draft.mixed;
    planned.shape =
        TreeShape::of(draft.pane, draft.keep, ahead(draft.pane), draft.components, draft.half_life);
    planned.windows.begin = reads.windows.size();
    for (const DraftWindow& window : draft.windows) {
      const std::size_t first = reads.values.size();
      for (PlannedValue value : window.values) {
        value.window = reads.windows.size();
        reads.values.push_back(value);
      }
      reads.windows.push_back({tree,
                               window.width,
                               window.components,
                               window.width.ns / draft.pane.ns,
                               {first, reads.values.size()}});
    }
    planned.windows.end = reads.windows.size();
    planned.lags.begin = reads.lags.size();
    for (PlannedLag lag : draft.lags) {
      lag.tree = tree;
      reads.lags.push_back(lag);
    }
    planned.lags.end = reads.lags.size();
    note(planned.shape.bytes(), draft.widest_at);
    program_.trees.push_back(std::move(planned));
    if (draft.other)
      finish_pairs(draft, tree);
    else
      program_.sources[draft.source].trees.push_back(tree);
  }
}

void WindowPlanner::finish_pairs(const DraftTree& draft, std::size_t tree) {
  // As much of both as waits for its tick, and what one side may be ahead where that is too much.
  const std::size_t waiting = 2 * std::max(program_.sources[draft.source].reorder_samples_max,
                                           program_.sources[*draft.other].reorder_samples_max);
  program_.pairs.push_back({{draft.source, *draft.other}, tree, waiting});
}

void WindowPlanner::finish_quantiles() {
  for (std::size_t source = 0; source < program_.sources.size(); ++source) {
    program_.sources[source].quantiles.begin = program_.quantiles.size();
    for (DraftQuantiles& draft : quantiles_) {
      if (draft.window.source != source) continue;
      draft.window.values.begin = program_.quantile_values.size();
      for (PlannedQuantile value : draft.values) {
        value.window = program_.quantiles.size();
        program_.quantile_values.push_back(value);
      }
      draft.window.values.end = program_.quantile_values.size();
      program_.quantiles.push_back(draft.window);
      note(QuantileWindows::bytes(draft.window), draft.at);
    }
    program_.sources[source].quantiles.end = program_.quantiles.size();
  }
}

void WindowPlanner::finish_waveforms() {
  for (std::size_t source = 0; source < program_.sources.size(); ++source) {
    program_.sources[source].waveforms.begin = program_.waveforms.size();
    for (DraftWaveform& draft : waveforms_) {
      if (draft.window.source != source) continue;
      draft.window.values.begin = program_.bands.size();
      for (PlannedBand value : draft.values) {
        value.window = program_.waveforms.size();
        program_.bands.push_back(value);
      }
      draft.window.values.end = program_.bands.size();
      program_.waveforms.push_back(draft.window);
      note(WaveformWindow::bytes(draft.window), draft.at);
    }
    program_.sources[source].waveforms.end = program_.waveforms.size();
  }
}

}  // namespace wayside::features
