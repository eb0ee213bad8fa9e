#include "features/pane.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "features/two_sum.hpp"

namespace wayside::features {
namespace {

/// The total of compensated sums, again as two doubles.
struct Pair {
  double sum;
  double low;
};
Pair total(const Lanes& sums, const Lanes& lows) {
  Pair pair{sums[0], total(lows)};
  for (std::size_t i = 1; i < Lanes::count; ++i) add_exactly(sums[i], pair.sum, pair.low);
  return pair;
}
template <class Better>
double best_of(const Lanes& lanes, Better better) {
  double best = lanes[0];
  for (std::size_t i = 1; i < Lanes::count; ++i)
    if (better(lanes[i], best)) best = lanes[i];
  return best;
}

}  // namespace

void Pane::open(Time start) {
  count_ = 0;
  start_ = start;
}

/// Only what is kept is touched: panes are many, and few of them in the cache.
void Pane::begin(Components components, Time time, double value) {
  origin_ = first_ = last_ = value;
  origin_time_ = first_time_ = last_time_ = time;
  const auto clear = [components](Components one, auto&... sums) {
    if (components & one) ((sums = Lanes{}), ...);
  };
  clear(component::mean, s1_, s1_low_);
  clear(component::m2, s2_);
  clear(component::m34, s3_, s4_);
  clear(component::sum, sum_, sum_low_);
  clear(component::square, square_);
  clear(component::slope, u1_, u2_, ud_);
  if (components & (component::min | component::max)) min_ = max_ = Lanes(value);
  if (components & component::peak) peak_ = Lanes(std::fabs(value));
}

void Pane::add(const Layout& layout, std::span<const Time> times, std::span<const double> values,
               std::span<const double> others) {
  if (values.empty()) return;
  const Components components = layout.components;
  if (count_ == 0) begin(components, times[0], values[0]);
  // In time order the first and the last of the run decide; a straggler comes alone.
  if (times.front() < first_time_) {
    first_time_ = times.front();
    first_ = values.front();
  }
  if (times.back() >= last_time_) {
    last_time_ = times.back();
    last_ = values.back();
  }
  if (components & component::ewma) add_weighted(layout.half_life, times, values);
  if (components & component::pair) add_pairs(values, others);
  std::size_t at = 0;
  for (; at < values.size() && count_ % Lanes::count != 0; ++at)
    add_lane(components, times[at], values[at]);
  const std::size_t fours = (values.size() - at) / Lanes::count * Lanes::count;
  if (fours > 0) {
    add_fours(components, times.subspan(at, fours), values.subspan(at, fours));
    count_ += fours;
    at += fours;
  }
  for (; at < values.size(); ++at) add_lane(components, times[at], values[at]);
}

/// One sample, to the lane that is its turn.
void Pane::add_lane(Components components, Time time, double x) {
  const std::size_t lane = count_++ % Lanes::count;
  const auto exactly = [lane](double value, Lanes& sums, Lanes& lows) {
    double sum = sums[lane], low = lows[lane];
    add_exactly(value, sum, low);
    sums.set(lane, sum);
    lows.set(lane, low);
  };
  const auto plus = [lane](double value, Lanes& sums) { sums.set(lane, sums[lane] + value); };
  const double d = x - origin_;
  if (components & component::mean) exactly(d, s1_, s1_low_);
  if (components & component::m2) plus(d * d, s2_);
  if (components & component::m34) {
    plus(d * d * d, s3_);
    plus(d * d * (d * d), s4_);
  }
  if (components & component::sum) exactly(x, sum_, sum_low_);
  if (components & component::square) plus(x * x, square_);
  if (components & component::min) min_.set(lane, x < min_[lane] ? x : min_[lane]);
  if (components & component::max) max_.set(lane, x > max_[lane] ? x : max_[lane]);
  if (components & component::peak)
    peak_.set(lane, std::fabs(x) > peak_[lane] ? std::fabs(x) : peak_[lane]);
  if (components & component::slope) {
    const double u = seconds_between(origin_time_, time);
    plus(u, u1_);
    plus(u * u, u2_);
    plus(u * d, ud_);
  }
}

/// Whole fours, the first of each to the first lane: as `add_lane` for each, four at once.
void Pane::add_fours(Components components, std::span<const Time> times,
                     std::span<const double> values) {
  if (components & component::m34)
    add_moments<true, true>(values);
  else if (components & component::m2)
    add_moments<true, false>(values);
  else if (components & component::mean)
    add_moments<false, false>(values);
  add_sums(components, values);
  add_extremes(components, values);
  if (components & component::slope) add_times(times, values);
}

template <bool squares, bool cubes>
void Pane::add_moments(std::span<const double> values) {
  const Lanes origin(origin_);
  Lanes s1 = s1_, s1_low = s1_low_, s2, s3, s4;
  if constexpr (squares) s2 = s2_;
  if constexpr (cubes) {
    s3 = s3_;
    s4 = s4_;
  }
  for (std::size_t i = 0; i < values.size(); i += Lanes::count) {
    const Lanes d = Lanes::load(&values[i]) - origin;
    add_exactly(d, s1, s1_low);
    if constexpr (squares) s2 += d * d;
    if constexpr (cubes) {
      s3 += d * d * d;
      s4 += d * d * (d * d);
    }
  }
  s1_ = s1;
  s1_low_ = s1_low;
  if constexpr (squares) s2_ = s2;
  if constexpr (cubes) {
    s3_ = s3;
    s4_ = s4;
  }
}

void Pane::add_sums(Components components, std::span<const double> values) {
  if (components & component::sum) {
    Lanes sum = sum_, low = sum_low_;
    for (std::size_t i = 0; i < values.size(); i += Lanes::count)
      add_exactly(Lanes::load(&values[i]), sum, low);
    sum_ = sum;
    sum_low_ = low;
  }
  if (components & component::square) {
    Lanes square = square_;
    for (std::size_t i = 0; i < values.size(); i += Lanes::count) {
      const Lanes x = Lanes::load(&values[i]);
      square += x * x;
    }
    square_ = square;
  }
}

void Pane::add_extremes(Components components, std::span<const double> values) {
  if (components & (component::min | component::max)) {
    Lanes min = min_, max = max_;
    for (std::size_t i = 0; i < values.size(); i += Lanes::count) {
      const Lanes x = Lanes::load(&values[i]);
      min = smaller(x, min);
      max = larger(x, max);
    }
    min_ = min;
    max_ = max;
  }
  if (components & component::peak) {
    Lanes peak = peak_;
    for (std::size_t i = 0; i < values.size(); i += Lanes::count) {
      peak = larger(magnitude(Lanes::load(&values[i])), peak);
    }
    peak_ = peak;
  }
}

void Pane::add_times(std::span<const Time> times, std::span<const double> values) {
  const Lanes origin = Lanes(origin_);
  Lanes u1 = u1_, u2 = u2_, ud = ud_;
  for (std::size_t i = 0; i < values.size(); i += Lanes::count) {
    Lanes u;
    for (std::size_t k = 0; k < Lanes::count; ++k)
      u.set(k, seconds_between(origin_time_, times[i + k]));
    u1 += u;
    u2 += u * u;
    ud += u * (Lanes::load(&values[i]) - origin);
  }
  u1_ = u1;
  u2_ = u2;
  ud_ = ud;
}

void Pane::add_weighted(Duration half_life, std::span<const Time> times,
                        std::span<const double> values) {
  if (count_ == 0) {
    weight_ = weighted_ = 0;
    weighted_last_ = times.front();
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    double weight = 1;
    if (times[i] >= weighted_last_) {
      // Most samples come a period after the one before.
      if (const Duration step = times[i] - weighted_last_; step != step_) {
        step_ = step;
        factor_ = decay(step, half_life);
      }
      weight_ *= factor_;
      weighted_last_ = times[i];
    } else {
      weight = decay(weighted_last_ - times[i], half_life);
    }
    weight_ += weight;
    weighted_ += (values[i] - weighted_) * (weight / weight_);
  }
}

void Pane::add_pairs(std::span<const double> values, std::span<const double> others) {
  if (count_ == 0) {
    origin_other_ = others.front();
    e1_ = e1_low_ = e2_ = de_ = 0;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double e = others[i] - origin_other_;
    add_exactly(e, e1_, e1_low_);
    e2_ += e * e;
    de_ += (values[i] - origin_) * e;
  }
}

void Pane::close(const Layout& layout, double* node) const {
  const auto put = [&](Components one, const Lanes& lanes, auto value_of) {
    if (layout.components & one) node[layout.at(one)] = value_of(lanes);
  };
  const auto put_pair = [&](Components one, double a, double b) {
    if ((layout.components & one) == 0) return;
    node[layout.at(one)] = a;
    node[layout.at(one) + 1] = b;
  };
  node[0] = static_cast<double>(count_);
  if (layout.components & component::sum) {
    const Pair sum = total(sum_, sum_low_);
    put_pair(component::sum, sum.sum, sum.low);
  }
  const auto least = [](const Lanes& lanes) { return best_of(lanes, std::less<>{}); };
  const auto largest = [](const Lanes& lanes) { return best_of(lanes, std::greater<>{}); };
  put(component::square, square_, [](const Lanes& lanes) { return total(lanes); });
  put(component::min, min_, least);
  put(component::max, max_, largest);
  put(component::peak, peak_, largest);
  put_pair(component::first, pack_time(first_time_), first_);
  put_pair(component::last, pack_time(last_time_), last_);
  if (layout.components & component::ewma) {
    double* ewma = node + layout.at(component::ewma);
    ewma[0] = weight_;
    ewma[1] = weighted_;
    ewma[2] = pack_time(weighted_last_);
  }
  if (layout.components & component::mean) close_moments(layout, node);
}

void Pane::close_moments(const Layout& layout, double* node) const {
  const auto n = static_cast<double>(count_);
  const Pair s1 = total(s1_, s1_low_);
  const double m = (s1.sum + s1.low) / n;
  const double s2 = total(s2_);
  double* mean = node + layout.at(component::mean);
  mean[0] = origin_;
  mean[1] = 0;
  add_exactly(m, mean[0], mean[1]);
  if (layout.components & component::m2)
    node[layout.at(component::m2)] = std::max(0.0, s2 - n * m * m);
  if (layout.components & component::m34) {
    const double s3 = total(s3_), s4 = total(s4_);
    double* m34 = node + layout.at(component::m34);
    m34[0] = s3 - 3 * m * s2 + 2 * n * m * m * m;
    m34[1] = std::max(0.0, s4 - 4 * m * s3 + 6 * m * m * s2 - 3 * n * m * m * (m * m));
  }
  if (layout.components & component::slope) {
    double* slope = node + layout.at(component::slope);
    const double u1 = total(u1_);
    const double u = u1 / n;
    slope[0] = seconds_between(start_, origin_time_) + u;
    slope[1] = std::max(0.0, total(u2_) - u1 * u);
    slope[2] = total(ud_) - u * (s1.sum + s1.low);
  }
  if (layout.components & component::pair) {
    double* pair = node + layout.at(component::pair);
    const double y = (e1_ + e1_low_) / n;
    pair[0] = origin_other_;
    pair[1] = 0;
    add_exactly(y, pair[0], pair[1]);
    pair[2] = std::max(0.0, e2_ - n * y * y);
    pair[3] = de_ - m * (e1_ + e1_low_);
  }
}

}  // namespace wayside::features
