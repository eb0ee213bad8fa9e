#include "features/tree_windows.hpp"

#include <array>
#include <limits>

namespace wayside::features {

static_assert(WindowState<TreeWindows>);

namespace {

std::size_t doubles_of(const PlannedTree& planned) {
  return (planned.windows.end - planned.windows.begin) * planned.shape.layout.stride;
}

}  // namespace

TreeWindows::TreeWindows(const Plan::Program& program, const PlannedTree& planned)
    : program_(&program),
      planned_(&planned),
      tree_(planned.shape),
      nodes_(doubles_of(planned)),
      joined_until_(planned.windows.end - planned.windows.begin) {}

std::size_t TreeWindows::bytes(const PlannedTree& planned) {
  return sizeof(TreeWindows) - sizeof(PaneTree) + planned.shape.bytes() +
         doubles_of(planned) * sizeof(double) +
         (planned.windows.end - planned.windows.begin) * sizeof(std::int64_t);
}

double* TreeWindows::node_of(const PlannedWindow& window) {
  const auto index = static_cast<std::size_t>(&window - program_->reads.windows.data());
  return &nodes_[(index - planned_->windows.begin) * planned_->shape.layout.stride];
}

void TreeWindows::read(Time tick, Time since, std::span<double> slots) {
  if (since != since_) {
    // What was joined, and what a lag remembers, is of another version.
    since_ = since;
    joined_ = Time::min();
    for (std::size_t i = planned_->lags.begin; i < planned_->lags.end; ++i)
      slots[program_->reads.lags[i].slot] = std::numeric_limits<double>::quiet_NaN();
  }
  tree_.advance(pane_at(tick), since);
  read_windows(tick, slots);
  read_lags(tick, slots);
  joined_ = Time::min();
}

void TreeWindows::read_windows(Time tick, std::span<double> slots) {
  const std::int64_t end = pane_at(tick);
  for (std::size_t w = planned_->windows.begin; w < planned_->windows.end; ++w) {
    const PlannedWindow& window = program_->reads.windows[w];
    double* node = node_of(window);
    const std::int64_t begin = end - window.panes;
    if (joined_ == tick)
      tree_.query_rest(begin, joined_until_[w - planned_->windows.begin], end, window.components,
                       node);
    else
      tree_.query(begin, end, window.components, node);
    for (std::size_t v = window.values.begin; v < window.values.end; ++v) {
      const PlannedValue& value = program_->reads.values[v];
      slots[value.slot] = value_of(value.statistic, planned_->shape.layout, node);
    }
  }
}

/// A slot of a lag keeps its value until a younger sample is `delay` old.
void TreeWindows::read_lags(Time tick, std::span<double> slots) {
  std::array<double, Layout::stride_max> node;
  const TreeShape& shape = planned_->shape;
  for (std::size_t i = planned_->lags.begin; i < planned_->lags.end; ++i) {
    const PlannedLag& lag = program_->reads.lags[i];
    const std::int64_t end = (tick - lag.delay).ns / shape.pane.ns;
    tree_.query(end - program_->options.every.ns / shape.pane.ns, end, component::last,
                node.data());
    if (node[0] > 0) slots[lag.slot] = value_of(Statistic::last, shape.layout, node.data());
  }
}

void TreeWindows::fetch(Time tick) const {
  if (joined_ == tick) return;
  const std::int64_t end = pane_at(tick);
  for (std::size_t w = planned_->windows.begin; w < planned_->windows.end; ++w)
    tree_.fetch(end - program_->reads.windows[w].panes, end);
}

/// Samples still to come are younger than all closed panes.
void TreeWindows::join_ahead(Time tick) {
  const std::int64_t end = pane_at(tick);
  for (std::size_t w = planned_->windows.begin; w < planned_->windows.end; ++w) {
    const PlannedWindow& window = program_->reads.windows[w];
    joined_until_[w - planned_->windows.begin] =
        tree_.query_closed(end - window.panes, end, window.components, node_of(window));
  }
  joined_ = tick;
}

void TreeWindows::take_back(Time last, Time tick) {
  tree_.take_back(pane_at(last), pane_at(tick));
}

}  // namespace wayside::features
