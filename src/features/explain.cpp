// Plan::explain: what a plan reads, shares, holds and does, for people.
#include <fmt/format.h>
#include <algorithm>
#include <bit>
#include <set>

#include "features/event_clock.hpp"
#include "features/pair_windows.hpp"
#include "features/program.hpp"
#include "features/quantile_windows.hpp"
#include "features/reorder_buffer.hpp"
#include "features/signal_state.hpp"
#include "features/tree_windows.hpp"
#include "features/waveform_window.hpp"

namespace wayside::features {
namespace {

std::string size_text(std::size_t bytes) {
  const auto n = static_cast<double>(bytes);
  if (n < 10 * 1024) return fmt::format("{} bytes", bytes);
  if (n < 10 * 1048576.0) return fmt::format("{:.0f} KiB", n / 1024);
  if (n < 10 * 1073741824.0) return fmt::format("{:.1f} MiB", n / 1048576);
  return fmt::format("{:.1f} GiB", n / 1073741824);
}

/// Rows of cells, each column as wide as its widest cell; the last is left as it is.
class Table {
 public:
  explicit Table(std::string indent) : indent_(std::move(indent)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] std::string text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (const auto& row : rows_) {
      std::string line = indent_;
      for (std::size_t i = 0; i + 1 < row.size(); ++i)
        line += fmt::format("{:<{}}  ", row[i], widths[i]);
      out += line + row.back() + "\n";
    }
    return out;
  }

 private:
  std::string indent_;
  std::vector<std::vector<std::string>> rows_;
};

/// What a tick costs at most.
struct Cost {
  std::size_t nodes = 0;
  std::size_t bins = 0;
  std::size_t points = 0;
};

std::string_view name_of(Statistic statistic) {
  for (const std::string& name : function_names())
    if (const WindowFunction* function = find_window(name);
        function != nullptr && function->statistic == statistic &&
        function->kind == WindowKind::statistic &&
        (statistic != Statistic::count || name == "count"))
      return function->name;
  return "?";
}

class Explainer {
 public:
  Explainer(const Plan::Program& program, std::size_t assets)
      : program_(program), assets_(assets), readers_(program.slots) {
    for (std::size_t i = 0; i < program.features.size(); ++i) {
      const PlannedFeature& feature = program.features[i];
      if (!feature.computed) readers_[i].insert(feature.name);
      for (const std::size_t slot : feature.code.slots())
        if (slot != i) readers_[slot].insert(feature.name);
    }
  }

  std::string run() {
    std::string signals;
    for (std::size_t i = 0; i < program_.sources.size(); ++i) signals += signal(i);
    for (const PlannedPairs& planned : program_.pairs) signals += pairs(planned);
    return head() + signals + features() + cost() + fmt::format("digest {}\n", program_.digest);
  }

 private:
  std::string head() const {
    const PlanOptions& options = program_.options;
    const std::size_t bytes = program_.asset_bytes();
    std::string text = fmt::format(
        "every {}, lateness {}, idle {}: {} features of {} signals\n"
        "memory: at most {} for an asset of {} allowed",
        format_duration(options.every), format_duration(options.lateness),
        format_duration(program_.idle), program_.features.size(), program_.sources.size(),
        size_text(bytes), size_text(options.asset_bytes_max));
    if (assets_ > 0)
      text += fmt::format(", {} for {} asset{}", size_text(bytes * assets_), assets_,
                          assets_ == 1 ? "" : "s");
    return text + "\n";
  }

  /// The features that read any of some slots, as "← a, b".
  std::string read_by(const std::set<std::size_t>& slots) const {
    std::set<std::string> names;
    for (const std::size_t slot : slots) names.insert(readers_[slot].begin(), readers_[slot].end());
    std::string text = "<-";
    for (const std::string& name : names) text += (text.size() == 2 ? " " : ", ") + name;
    return text;
  }

  std::string signal(std::size_t index) {
    const PlannedSource& source = program_.sources[index];
    std::string text = fmt::format("\nsignal {}: at most {} samples wait for their tick, {}\n",
                                   source.name, source.reorder_samples_max,
                                   size_text(ReorderBuffer::bytes(source.reorder_samples_max)));
    for (const std::size_t i : source.trees) text += tree(program_.trees[i]);
    for (std::size_t i = source.quantiles.begin; i < source.quantiles.end; ++i)
      text += quantiles(program_.quantiles[i]);
    for (std::size_t i = source.waveforms.begin; i < source.waveforms.end; ++i)
      text += waveform(program_.waveforms[i]);
    return text;
  }

  std::string tree(const PlannedTree& tree) {
    const TreeShape& shape = tree.shape;
    std::string text = fmt::format(
        "  panes of {}{}: {} back, {} ahead; {} nodes, {}: {}\n", format_duration(shape.pane),
        tree.mixed ? ", versions mixed" : "", shape.keep, shape.ahead, shape.nodes,
        size_text(TreeWindows::bytes(tree)), shape.layout.describe());
    Table rows("    ");
    for (std::size_t w = tree.windows.begin; w < tree.windows.end; ++w) {
      const PlannedWindow& window = program_.reads.windows[w];
      const auto panes = static_cast<std::uint64_t>(window.panes);
      const auto nodes = static_cast<std::size_t>(2 * std::bit_width(panes));
      cost_.nodes += nodes;
      std::set<std::size_t> slots;
      std::string statistics;
      for (std::size_t v = window.values.begin; v < window.values.end; ++v) {
        const PlannedValue& value = program_.reads.values[v];
        slots.insert(value.slot);
        statistics += (statistics.empty() ? "" : " ") + std::string(name_of(value.statistic));
      }
      if (shape.layout.half_life.ns > 0)
        statistics += fmt::format(", half-life {}", format_duration(shape.layout.half_life));
      for (const PlannedQuantile& value : program_.quantile_values)
        if (slots.contains(value.min_slot)) slots.insert(value.slot);
      rows.add({format_duration(window.width), statistics,
                fmt::format("at most {} nodes a tick", nodes), read_by(slots)});
    }
    for (std::size_t i = tree.lags.begin; i < tree.lags.end; ++i) {
      const PlannedLag& lag = program_.reads.lags[i];
      cost_.nodes += 2;
      rows.add({format_duration(lag.delay), "lag", "at most 2 nodes a tick", read_by({lag.slot})});
    }
    return text + rows.text();
  }

  std::string quantiles(const PlannedQuantiles& window) {
    const PaneBinsShape& shape = window.shape;
    std::string text = fmt::format(
        "  bins of {}{}: panes of {}, at most {} bins in each, 64 for a factor of 2; {}\n",
        format_duration(window.width), window.mixed ? ", versions mixed" : "",
        format_duration(shape.pane), shape.bins_max, size_text(QuantileWindows::bytes(window)));
    Table rows("    ");
    for (std::size_t v = window.values.begin; v < window.values.end; ++v) {
      const PlannedQuantile& value = program_.quantile_values[v];
      cost_.bins += BinHistogram::scanned_max;
      rows.add({format_duration(window.width), fmt::format("quantile {}", value.q),
                fmt::format("at most {} bins a tick", BinHistogram::scanned_max),
                read_by({value.slot})});
    }
    return text + rows.text();
  }

  std::string waveform(const PlannedWaveform& window) {
    std::string text = fmt::format(
        "  samples of {}{}: at most {} of them, stretches of at least {} transformed; {}\n",
        format_duration(window.width), window.mixed ? ", versions mixed" : "", window.samples_max,
        window.run_length, size_text(WaveformWindow::bytes(window)));
    const auto points = static_cast<std::size_t>(window.width.seconds() * window.rate_hz);
    cost_.points += points;
    Table rows("    ");
    for (std::size_t v = window.values.begin; v < window.values.end; ++v) {
      const PlannedBand& value = program_.bands[v];
      if (value.envelope) cost_.points += points;
      rows.add({format_duration(window.width),
                fmt::format("{} {}Hz to {}Hz", value.envelope ? "envelope_rms" : "band",
                            value.band.low_hz, value.band.high_hz),
                value.envelope ? fmt::format("FFT of {} points and back", points)
                               : fmt::format("FFT of {} points, shared", points),
                read_by({value.slot})});
    }
    return text + rows.text();
  }

  std::string pairs(const PlannedPairs& planned) {
    return fmt::format("\npairs of {} and {}: at most {} samples of each wait, {}\n",
                       program_.sources[planned.sources[0]].name,
                       program_.sources[planned.sources[1]].name, planned.waiting_max,
                       size_text(PairWindows::bytes(program_, planned))) +
           tree(program_.trees[planned.tree]);
  }

  std::string features() const {
    Table rows("  ");
    for (const PlannedFeature& feature : program_.features)
      rows.add({feature.name, feature.unit.empty() ? "-" : feature.unit, feature.canonical});
    return "\nfeatures, their units and what they are\n" + rows.text();
  }

  std::string cost() const {
    std::string text = fmt::format("\ncost of a tick: at most {} nodes joined", cost_.nodes);
    if (cost_.bins > 0) text += fmt::format(", {} bins scanned", cost_.bins);
    if (cost_.points > 0) text += fmt::format(", about {} points transformed", cost_.points);
    return text + "\n";
  }

  const Plan::Program& program_;
  std::size_t assets_;
  std::vector<std::set<std::string>> readers_;  ///< features, by the slot they read
  Cost cost_;
};

}  // namespace

std::string Plan::explain(std::size_t assets) const {
  return Explainer(*program_, assets).run();
}

}  // namespace wayside::features
