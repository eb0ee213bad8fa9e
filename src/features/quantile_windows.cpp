#include "features/quantile_windows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wayside::features {

static_assert(WindowState<QuantileWindows>);

namespace {
// Far from every pane index a time can have, so that differences do not overflow.
constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min() / 2;
}  // namespace

QuantileWindows::QuantileWindows(const Plan::Program& program, const PlannedQuantiles& planned)
    : program_(&program),
      planned_(&planned),
      panes_(planned.shape),
      begin_(none),
      end_(none),
      newest_(none) {}

std::size_t QuantileWindows::bytes(const PlannedQuantiles& planned) {
  return sizeof(QuantileWindows) - sizeof(PaneBins) - sizeof(BinHistogram) + planned.shape.bytes() +
         BinHistogram::bytes();
}

std::uint32_t QuantileWindows::rank(double q, std::uint32_t n) {
  const double size = n;
  auto k = static_cast<std::uint32_t>(std::min(std::ceil(q * size), size));
  // The product may be rounded up to the next whole number.
  if (k > 1 && (k - 1) / size >= q) --k;
  return std::max<std::uint32_t>(k, 1);
}

void QuantileWindows::add(std::span<const Time> times, std::span<const double> values) {
  const Duration pane = planned_->shape.pane;
  while (!times.empty()) {
    const std::int64_t index = pane_of(times.front());
    if (panes_.opened() != index) open(index);
    const Time end{(index + 1) * pane.ns};
    const auto n =
        static_cast<std::size_t>(std::upper_bound(times.begin(), times.end(), end) - times.begin());
    panes_.add(values.first(n));
    times = times.subspan(n);
    values = values.subspan(n);
  }
}

void QuantileWindows::open(std::int64_t pane) {
  panes_.close();
  if (const auto other = panes_.in_the_way_of(pane))
    if (*other >= begin_ && *other < end_) leave(*other);
  panes_.open(pane);
  newest_ = std::max(newest_, pane);
}

void QuantileWindows::restart(Time first) {
  const std::int64_t pane = pane_of(first);
  panes_.close();
  if (pane >= begin_ && pane < end_) leave(pane);
  panes_.forget(pane);
}

void QuantileWindows::enter(std::int64_t pane) {
  panes_.each(pane, [this](std::uint32_t bin, std::uint32_t n) { histogram_.add(bin, n); });
}

void QuantileWindows::leave(std::int64_t pane) {
  panes_.each(pane, [this](std::uint32_t bin, std::uint32_t n) { histogram_.subtract(bin, n); });
}

void QuantileWindows::leave_until(std::int64_t begin) {
  if (begin <= begin_) return;
  for (std::int64_t pane = begin_; pane < std::min(begin, end_); ++pane) leave(pane);
  begin_ = begin;
  end_ = std::max(begin, end_);
}

void QuantileWindows::join_ahead(Time tick) {
  leave_until(pane_at(tick) - planned_->shape.panes);
}

void QuantileWindows::read(Time tick, Time since, std::span<double> slots) {
  const std::int64_t end = pane_at(tick);
  if (panes_.opened() && *panes_.opened() < end) panes_.close();
  std::int64_t begin = end - planned_->shape.panes;
  if (since != Time::min()) begin = std::max(begin, pane_of(since));
  leave_until(begin);
  for (; end_ < end; ++end_) enter(end_);
  for (std::size_t i = planned_->values.begin; i < planned_->values.end; ++i) {
    const PlannedQuantile& value = program_->quantile_values[i];
    slots[value.slot] = quantile(value.q, slots[value.min_slot], slots[value.max_slot]);
  }
}

double QuantileWindows::quantile(double q, double min, double max) const {
  const std::uint32_t n = histogram_.total();
  if (n == 0) return std::numeric_limits<double>::quiet_NaN();
  const std::uint32_t k = rank(q, n);
  if (k == 1) return min;
  if (k == n) return max;
  return std::clamp(ValueBin::middle(histogram_.find(k)), min, max);
}

void QuantileWindows::take_back(Time last, Time tick) {
  const std::int64_t end = pane_at(tick);
  const std::int64_t begin = std::max(pane_at(last), end - planned_->shape.panes);
  for (std::int64_t pane = begin; pane < end; ++pane) {
    if (pane >= begin_ && pane < end_) leave(pane);
    panes_.forget(pane);
  }
  end_ = std::min(end_, begin);
  begin_ = std::min(begin_, end_);
}

bool QuantileWindows::quiet(Time tick) const {
  return newest_ < pane_at(tick) - planned_->shape.panes;
}

}  // namespace wayside::features
