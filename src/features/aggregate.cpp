#include "features/aggregate.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "base/assert.hpp"
#include "features/elementary.hpp"
#include "features/two_sum.hpp"

namespace wayside::features {
namespace {

constexpr std::array<std::size_t, component::count> sizes{2, 2, 1, 2, 1, 1, 1, 2, 2, 1, 3, 3, 4};
constexpr std::array<const char*, component::count> labels{
    "sum",   "mean", "m2",     "m34",   "min",  "max", "peak",
    "first", "last", "square", "slope", "ewma", "pair"};
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Layout Layout::of(Components components) {
  Layout layout;
  layout.components = components;
  for (std::size_t i = 0; i < component::count; ++i) {
    if ((components & (1u << i)) == 0) continue;
    layout.offset[i] = static_cast<std::uint8_t>(layout.stride);
    layout.stride += sizes[i];
  }
  WAYSIDE_ASSERT(layout.stride <= stride_max, "stride_max covers all components");
  return layout;
}

std::size_t Layout::at(Components one) const {
  return offset[static_cast<std::size_t>(std::countr_zero(one))];
}

std::string Layout::describe() const {
  std::string text = "count";
  for (std::size_t i = 0; i < component::count; ++i)
    if ((components & (1u << i)) != 0) text += std::string(" ") + labels[i];
  return text;
}

double decay(Duration age, Duration half_life) {
  return elementary::exp2(-static_cast<double>(age.ns) / static_cast<double>(half_life.ns));
}

namespace {

/// The sizes of both sides and the step from one mean to the other.
struct Join {
  double na, nb, n, delta;
};

void merge_m34(const Layout& layout, const Join& j, const double* from, double* into) {
  const std::size_t at = layout.at(component::m34);
  const std::size_t m2 = layout.at(component::m2);
  const auto [na, nb, n, delta] = j;
  const double d_n = delta / n;
  const double product = delta * d_n * na * nb;
  const double m3 =
      into[at] + from[at] + product * d_n * (na - nb) + 3 * d_n * (na * from[m2] - nb * into[m2]);
  into[at + 1] = into[at + 1] + from[at + 1] + product * d_n * d_n * (na * na - na * nb + nb * nb) +
                 6 * d_n * d_n * (na * na * from[m2] + nb * nb * into[m2]) +
                 4 * d_n * (na * from[at] - nb * into[at]);
  into[at] = m3;
}

void merge_slope(const Layout& layout, const Join& j, double shift_s, const double* from,
                 double* into) {
  const std::size_t at = layout.at(component::slope);
  const double step = shift_s + from[at] - into[at];
  const double weight = j.na * (j.nb / j.n);
  into[at] += step * (j.nb / j.n);
  into[at + 1] += from[at + 1] + step * step * weight;
  into[at + 2] += from[at + 2] + step * j.delta * weight;
}

void merge_pair(const Layout& layout, const Join& j, const double* from, double* into) {
  const std::size_t at = layout.at(component::pair);
  const double delta = (from[at] - into[at]) + (from[at + 1] - into[at + 1]);
  const double weight = j.na * (j.nb / j.n);
  into[at + 2] += from[at + 2] + delta * delta * weight;
  into[at + 3] += from[at + 3] + j.delta * delta * weight;
  add_exactly(delta * (j.nb / j.n), into[at], into[at + 1]);
}

/// Weights count from each side's own last sample.
void merge_ewma(const Layout& layout, const double* from, double* into) {
  const std::size_t at = layout.at(component::ewma);
  const Time last = unpack_time(into[at + 2]);
  const Time other = unpack_time(from[at + 2]);
  double weight = from[at];
  if (other >= last) {
    into[at] *= decay(other - last, layout.half_life);
    into[at + 2] = from[at + 2];
  } else {
    weight *= decay(last - other, layout.half_life);
  }
  into[at] += weight;
  into[at + 1] += (from[at + 1] - into[at + 1]) * (weight / into[at]);
}

void merge_moments(const Layout& layout, Components components, double shift_s, const double* from,
                   double* into) {
  const std::size_t at = layout.at(component::mean);
  const Join j{into[0], from[0], into[0] + from[0],
               (from[at] - into[at]) + (from[at + 1] - into[at + 1])};
  if (components & component::m34) merge_m34(layout, j, from, into);
  if (components & component::slope) merge_slope(layout, j, shift_s, from, into);
  if (components & component::pair) merge_pair(layout, j, from, into);
  if (components & component::m2) {
    const std::size_t m2 = layout.at(component::m2);
    into[m2] += from[m2] + j.delta * j.delta * (j.na * (j.nb / j.n));
  }
  // The mean is kept as a sum of two doubles, since the step above is a small difference of means.
  add_exactly(j.delta * (j.nb / j.n), into[at], into[at + 1]);
}

void merge_ends(const Layout& layout, Components components, const double* from, double* into) {
  if (components & component::first) {
    const std::size_t at = layout.at(component::first);
    if (unpack_time(from[at]) < unpack_time(into[at])) std::copy_n(from + at, 2, into + at);
  }
  if (components & component::last) {
    const std::size_t at = layout.at(component::last);
    if (unpack_time(from[at]) >= unpack_time(into[at])) std::copy_n(from + at, 2, into + at);
  }
}

}  // namespace

void merge(const Layout& layout, Components components, double shift_s, const double* from,
           double* into) {
  if (from[0] == 0) return;
  if (into[0] == 0) {
    std::copy_n(from, layout.stride, into);
    if (components & component::slope) into[layout.at(component::slope)] += shift_s;
    return;
  }
  if (components & component::mean) merge_moments(layout, components, shift_s, from, into);
  if (components & component::sum) {
    const std::size_t at = layout.at(component::sum);
    into[at + 1] += from[at + 1];
    add_exactly(from[at], into[at], into[at + 1]);
  }
  const auto pick = [&](Components one, auto better) {
    if ((components & one) == 0) return;
    const std::size_t at = layout.at(one);
    if (better(from[at], into[at])) into[at] = from[at];
  };
  pick(component::min, std::less<>{});
  pick(component::max, std::greater<>{});
  pick(component::peak, std::greater<>{});
  if (components & component::square)
    into[layout.at(component::square)] += from[layout.at(component::square)];
  merge_ends(layout, components, from, into);
  if (components & component::ewma) merge_ewma(layout, from, into);
  into[0] += from[0];
}

namespace {

/// A kept component of one node.
struct View {
  const Layout& layout;
  const double* node;
  double operator()(Components one, std::size_t i = 0) const { return node[layout.at(one) + i]; }
  double n() const { return node[0]; }
  double mean() const { return (*this)(component::mean) + (*this)(component::mean, 1); }
  double var() const { return (*this)(component::m2) / n(); }
  double rms() const { return std::sqrt((*this)(component::square) / n()); }
  double delta() const { return (*this)(component::last, 1) - (*this)(component::first, 1); }
};

double ratio(double a, double b) {
  return b == 0 ? nan_value : a / b;
}

/// Rounding may carry it a little beyond 1.
double correlation(const View& v) {
  const double spread = std::sqrt(v(component::m2)) * std::sqrt(v(component::pair, 2));
  return spread > 0 ? std::clamp(v(component::pair, 3) / spread, -1.0, 1.0) : nan_value;
}

double shape_of(Statistic statistic, const View& v) {
  const double m2 = v(component::m2);
  if (statistic == Statistic::kurtosis) return ratio(v.n() * v(component::m34, 1), m2 * m2);
  return ratio(std::sqrt(v.n()) * v(component::m34), m2 * std::sqrt(m2));
}

}  // namespace

double value_of(Statistic statistic, const Layout& layout, const double* node) {
  const View v{layout, node};
  if (statistic == Statistic::count) return v.n();
  if (v.n() == 0) return nan_value;
  switch (statistic) {
    case Statistic::count:
      break;
    case Statistic::sum:
      return v(component::sum) + v(component::sum, 1);
    case Statistic::mean:
      return v.mean();
    case Statistic::var:
      return v.var();
    case Statistic::std:
      return std::sqrt(v.var());
    case Statistic::min:
      return v(component::min);
    case Statistic::max:
      return v(component::max);
    case Statistic::range:
      return v(component::max) - v(component::min);
    case Statistic::first:
      return v(component::first, 1);
    case Statistic::last:
      return v(component::last, 1);
    case Statistic::delta:
      return v.delta();
    case Statistic::rate:
      return ratio(v.delta(), seconds_between(unpack_time(v(component::first)),
                                              unpack_time(v(component::last))));
    case Statistic::slope:
      return ratio(v(component::slope, 2), v(component::slope, 1));
    case Statistic::rms:
      return v.rms();
    case Statistic::peak:
      return v(component::peak);
    case Statistic::crest:
      return ratio(v(component::peak), v.rms());
    case Statistic::skewness:
    case Statistic::kurtosis:
      return shape_of(statistic, v);
    case Statistic::zscore:
      return ratio((v(component::last, 1) - v(component::mean)) - v(component::mean, 1),
                   std::sqrt(v.var()));
    case Statistic::ewma:
      return v(component::ewma, 1);
    case Statistic::corr:
      return correlation(v);
  }
  return nan_value;
}

}  // namespace wayside::features
