#include "sim/drill/format.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace wayside::drill {

std::string format_count(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string format_bytes(double bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  return fmt::format("{:.3g} {}", bytes, units[unit]);
}

std::string format_span(Duration d) {
  if (d.ns < 0) return "-" + format_span(d * -1);
  const double s = d.seconds();
  if (d.ns == 0) return "0 s";
  if (s < 0.9995) return fmt::format("{:.3g} ms", s * 1000);
  if (s < 59.95) return fmt::format("{:.3g} s", s);
  const auto two = [](std::int64_t total, std::int64_t part, const char* big, const char* small) {
    const std::int64_t rest = total % part;
    return rest == 0 ? fmt::format("{} {}", total / part, big)
                     : fmt::format("{} {} {} {}", total / part, big, rest, small);
  };
  const auto whole_s = static_cast<std::int64_t>(s + 0.5);
  if (whole_s < 3600) return two(whole_s, 60, "min", "s");
  const std::int64_t whole_min = (whole_s + 30) / 60;
  if (whole_min < 2 * 24 * 60) return two(whole_min, 60, "h", "min");
  return two((whole_min + 30) / 60, 24, "d", "h");
}

}  // namespace wayside::drill
