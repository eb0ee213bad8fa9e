#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wayside::drill {

/// A chart over the time of a drill, as inline SVG. Colours come from the page's style, by class:
/// `c1` to `c3` for series, `grid`, `axis`, `shade`, `ink`.
struct Plot {
  enum class Unit { count, bytes, seconds };
  struct Series {
    std::string name;
    int color = 1;
    bool dots = false;                              ///< else a line
    std::vector<std::pair<double, double>> points;  ///< seconds, value
  };
  struct Shade {
    double from = 0, to = 0;  ///< seconds
    std::string text;
  };
  std::string title;
  Unit unit = Unit::count;
  bool log = false;  ///< of seconds: values that are not above 0 are left out then
  double x_max = 1;  ///< seconds
  std::vector<Series> series;
  std::vector<Shade> shades;
};

[[nodiscard]] std::string plot_svg(const Plot& plot);

/// At most about `points_max` of them, so that what stands out stays: of each part of the time the
/// lowest and the highest value.
[[nodiscard]] std::vector<std::pair<double, double>> thinned(
    std::vector<std::pair<double, double>> points, double x_max, std::size_t points_max);

/// As text of a page.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace wayside::drill
