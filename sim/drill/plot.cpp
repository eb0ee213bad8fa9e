#include "sim/drill/plot.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "sim/drill/format.hpp"

namespace wayside::drill {
namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr double width = 960, height = 250;
constexpr double left = 76, right = 16, top = 34, bottom = 30;
constexpr double inner_width = width - left - right;
constexpr double inner_height = height - top - bottom;
constexpr std::size_t shades_max = 2'000;

std::string value_text(double value, Plot::Unit unit) {
  switch (unit) {
    case Plot::Unit::bytes:
      return format_bytes(value);
    case Plot::Unit::seconds:
      return format_span(Duration{std::llround(value * 1e9)});
    case Plot::Unit::count:
      break;
  }
  return format_count(static_cast<std::uint64_t>(std::llround(std::max(value, 0.0))));
}

/// Where values stand on the axis, and which are named.
struct Scale {
  double low = 0, high = 1;
  bool log = false;
  std::vector<double> ticks;

  [[nodiscard]] double y(double value) const {
    const double part =
        log ? (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low))
            : (value - low) / (high - low);
    return top + inner_height * (1 - std::clamp(part, 0.0, 1.0));
  }
};

/// Decades of seconds up to ten, and from there on what clocks and calendars have.
Scale log_time_scale(double low, double high) {
  constexpr std::array<double, 14> ticks{1e-4, 1e-3, 1e-2,       0.1,   1,      10,      60,
                                         600,  3600, 6 * 3600.0, 86400, 604800, 2592000, 31536000};
  Scale scale;
  scale.log = true;
  std::size_t first = 0;
  while (first + 2 < ticks.size() && ticks[first + 1] <= low) ++first;
  std::size_t last = first + 1;
  while (last + 1 < ticks.size() && ticks[last] < high) ++last;
  scale.ticks.assign(ticks.begin() + static_cast<std::ptrdiff_t>(first),
                     ticks.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  scale.low = scale.ticks.front();
  scale.high = scale.ticks.back();
  return scale;
}

Scale linear_scale(double high, Plot::Unit unit) {
  Scale scale;
  const double rough = std::max(high, 1e-9) / 4;
  const double base = unit == Plot::Unit::bytes ? 2 : 10;
  double step = std::pow(base, std::floor(std::log(rough) / std::log(base)));
  if (base == 10)
    for (const double factor : {1.0, 2.0, 5.0, 10.0})
      if (step * factor >= rough) {
        step *= factor;
        break;
      }
  if (base == 2 && step < rough) step *= 2;
  if (unit == Plot::Unit::count) step = std::max(step, 1.0);
  for (double tick = 0; tick < high + step * 0.999; tick += step) scale.ticks.push_back(tick);
  if (scale.ticks.size() < 2) scale.ticks.push_back(step);
  scale.high = scale.ticks.back();
  return scale;
}

Scale scale_of(const Plot& plot) {
  double low = INFINITY;
  double high = 0;
  for (const Plot::Series& series : plot.series)
    for (const auto& [x, value] : series.points) {
      if (plot.log && !(value > 0)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  if (plot.log && !std::isfinite(low)) low = high = 1;
  if (plot.log) return log_time_scale(low, high);
  return linear_scale(high, plot.unit);
}

double x_of(const Plot& plot, double seconds) {
  return left + inner_width * std::clamp(seconds / plot.x_max, 0.0, 1.0);
}

/// The shortest step of clocks and calendars that names at most nine moments.
double time_step(double x_max) {
  constexpr std::array<double, 21> steps{0.1,   0.5,   1,     5,      10,     30,      60,
                                         120,   300,   600,   1800,   3600,   7200,    10800,
                                         21600, 43200, 86400, 172800, 604800, 1209600, 2592000};
  for (const double step : steps)
    if (x_max / step <= 9) return step;
  return steps.back() * std::ceil(x_max / 9 / steps.back());
}

void add_axes(const Plot& plot, const Scale& scale, std::string& svg) {
  for (const double tick : scale.ticks)
    fmt::format_to(Out(svg),
                   "<line class='grid' x1='{0}' x2='{1}' y1='{2:.1f}' y2='{2:.1f}'/>"
                   "<text class='axis' x='{3}' y='{4:.1f}' text-anchor='end'>{5}</text>\n",
                   left, width - right, scale.y(tick), left - 8, scale.y(tick) + 4,
                   value_text(tick, plot.unit));
  const double step = time_step(plot.x_max);
  for (double at = 0; at <= plot.x_max * 1.0001; at += step)
    fmt::format_to(Out(svg),
                   "<text class='axis' x='{:.1f}' y='{}' text-anchor='middle'>{}</text>\n",
                   x_of(plot, at), height - 10,
                   at == 0 ? "start" : format_span(Duration{std::llround(at * 1e9)}));
}

void add_shades(const Plot& plot, std::string& svg) {
  std::size_t drawn = 0;
  for (const Plot::Shade& shade : plot.shades) {
    if (++drawn > shades_max) break;
    const double from = x_of(plot, shade.from);
    fmt::format_to(Out(svg),
                   "<rect class='shade' x='{:.1f}' y='{}' width='{:.1f}' height='{}'><title>{}"
                   "</title></rect>\n",
                   from, top, std::max(1.5, x_of(plot, shade.to) - from), inner_height,
                   escaped(shade.text));
  }
}

void add_series(const Plot& plot, const Scale& scale, const Plot::Series& series,
                std::string& svg) {
  if (!series.dots) fmt::format_to(Out(svg), "<polyline class='line c{}' points='", series.color);
  for (const auto& [x, value] : series.points) {
    if (plot.log && !(value > 0)) continue;
    if (series.dots)
      fmt::format_to(Out(svg), "<circle class='dot c{}' cx='{:.1f}' cy='{:.1f}' r='2'/>",
                     series.color, x_of(plot, x), scale.y(value));
    else
      fmt::format_to(Out(svg), "{:.1f},{:.1f} ", x_of(plot, x), scale.y(value));
  }
  svg += series.dots ? "\n" : "'/>\n";
}

void add_legend(const Plot& plot, std::string& svg) {
  double x = width - right;
  for (auto series = plot.series.rbegin(); series != plot.series.rend(); ++series) {
    x -= 7.2 * static_cast<double>(series->name.size()) + 4;
    fmt::format_to(Out(svg), "<text class='ink' x='{:.1f}' y='16'>{}</text>", x,
                   escaped(series->name));
    x -= 18;
    fmt::format_to(Out(svg), "<rect class='key c{}' x='{:.1f}' y='9' width='12' height='4'/>\n",
                   series->color, x);
    x -= 10;
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::vector<std::pair<double, double>> thinned(std::vector<std::pair<double, double>> points,
                                               double x_max, std::size_t points_max) {
  if (points.size() <= points_max) return points;
  const auto bins = static_cast<double>(std::max<std::size_t>(1, points_max / 2));
  const auto bin = [&](double x) { return std::floor(std::clamp(x / x_max, 0.0, 1.0) * bins); };
  std::ranges::stable_sort(points, {}, &std::pair<double, double>::first);
  std::vector<std::pair<double, double>> out;
  for (std::size_t i = 0; i < points.size();) {
    std::size_t end = i;
    std::size_t low = i;
    std::size_t high = i;
    for (; end < points.size() && bin(points[end].first) == bin(points[i].first); ++end) {
      if (points[end].second < points[low].second) low = end;
      if (points[end].second > points[high].second) high = end;
    }
    out.push_back(points[std::min(low, high)]);
    if (low != high) out.push_back(points[std::max(low, high)]);
    i = end;
  }
  return out;
}

std::string plot_svg(const Plot& plot) {
  const Scale scale = scale_of(plot);
  std::string svg;
  fmt::format_to(Out(svg),
                 "<svg viewBox='0 0 {} {}' role='img' aria-label='{}'>\n"
                 "<text class='title' x='{}' y='17'>{}</text>\n",
                 width, height, escaped(plot.title), left, escaped(plot.title));
  add_shades(plot, svg);
  add_axes(plot, scale, svg);
  for (const Plot::Series& series : plot.series) add_series(plot, scale, series, svg);
  add_legend(plot, svg);
  return svg + "</svg>\n";
}

}  // namespace wayside::drill
