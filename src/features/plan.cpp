#include "features/plan.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <bit>

#include "features/event_clock.hpp"
#include "features/program.hpp"
#include "features/signal_state.hpp"

namespace wayside::features {
namespace {

std::string size_text(std::size_t bytes) {
  if (bytes < 10u << 10) return fmt::format("{} bytes", bytes);
  if (bytes < 10u << 20) return fmt::format("{:.0f} KiB", static_cast<double>(bytes) / 1024);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

/// Of a window joined ahead of its tick: its node, and up to where it is joined.
std::size_t window_bytes(const TreeShape& shape) {
  return shape.layout.stride * sizeof(double) + sizeof(std::int64_t);
}

std::string explain_tree(const Plan::Program& program, std::size_t tree) {
  const TreeShape& shape = program.trees[tree].shape;
  std::string text = fmt::format("  panes of {}: {} back, {} ahead; {} nodes, {}: {}\n",
                                 format_duration(shape.pane), shape.keep, shape.ahead, shape.nodes,
                                 size_text(shape.bytes()), shape.layout.describe());
  for (std::size_t w = 0; w < program.reads.windows.size(); ++w) {
    const PlannedWindow& window = program.reads.windows[w];
    if (window.tree != tree) continue;
    const auto panes = static_cast<std::uint64_t>(window.width.ns / shape.pane.ns);
    const auto readers =
        std::count_if(program.reads.values.begin(), program.reads.values.end(),
                      [&](const PlannedValue& value) { return value.window == w; });
    text += fmt::format("    window {}: {} statistics, at most {} nodes joined a tick, {}\n",
                        format_duration(window.width), readers, 2 * std::bit_width(panes),
                        size_text(window_bytes(shape)));
  }
  for (const PlannedLag& lag : program.reads.lags)
    if (lag.tree == tree) text += fmt::format("    lag {}\n", format_duration(lag.delay));
  return text;
}

}  // namespace

std::size_t Plan::Program::asset_bytes() const {
  std::size_t bytes = engine_bytes + EventClock::bytes(sources.size()) + slots * sizeof(double);
  for (const PlannedSource& source : sources) bytes += SignalState::bytes(*this, source);
  return bytes;
}

Plan::Plan(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Plan::~Plan() = default;

const std::vector<std::string>& Plan::names() const {
  return program_->names;
}
const std::vector<std::string>& Plan::units() const {
  return program_->units;
}
const PlanOptions& Plan::options() const {
  return program_->options;
}
const std::string& Plan::digest() const {
  return program_->digest;
}
const std::vector<std::string>& Plan::feature_digests() const {
  return program_->feature_digests;
}
std::size_t Plan::asset_bytes() const {
  return program_->asset_bytes();
}

std::optional<std::size_t> Plan::find(std::string_view name) const {
  const auto found = std::find(program_->names.begin(), program_->names.end(), name);
  if (found == program_->names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - program_->names.begin());
}

std::string Plan::explain() const {
  const PlanOptions& options = program_->options;
  std::string text = fmt::format(
      "every {}, lateness {}, idle {}: {} features of {} signals, at most {} for each asset\n",
      format_duration(options.every), format_duration(options.lateness),
      format_duration(program_->idle), program_->features.size(), program_->sources.size(),
      size_text(asset_bytes()));
  for (const PlannedSource& source : program_->sources) {
    text += fmt::format("signal {}: {} samples kept in order before their tick, {}\n", source.name,
                        source.reorder_samples_max,
                        size_text(ReorderBuffer::bytes(source.reorder_samples_max)));
    for (const std::size_t tree : source.trees) text += explain_tree(*program_, tree);
  }
  for (const PlannedFeature& feature : program_->features)
    text += fmt::format("feature {}{} = {}\n", feature.name,
                        feature.unit.empty() ? "" : " [" + feature.unit + "]", feature.canonical);
  text += fmt::format("digest {}\n", program_->digest);
  return text;
}

}  // namespace wayside::features
