#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

namespace wayside {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

/// Reads fixed-width fields from the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t n) {
    if (rest_.size() < n) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(n);
    return value;
  }
  /// Nanoseconds of a decimal fraction; digits beyond the ninth are dropped.
  std::optional<std::int64_t> fraction() {
    std::int64_t ns = 0;
    std::int64_t weight = ns_per_s / 10;
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9') {
      ns += weight * (rest_[n] - '0');
      weight /= 10;
      ++n;
    }
    if (n == 0) return std::nullopt;
    rest_.remove_prefix(n);
    return ns;
  }

 private:
  std::string_view rest_;
};

std::optional<std::int64_t> parse_date_seconds(Cursor& in) {
  const auto year = in.digits(4);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.digits(2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400};
}

/// hh:mm:ss[.frac] in nanoseconds. A leap second (60) counts as the first of the next minute.
std::optional<std::int64_t> parse_clock_ns(Cursor& in) {
  const auto hour = in.digits(2);
  if (!hour || *hour > 23 || !in.take(':')) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  std::int64_t fraction = 0;
  if (in.take(':')) {
    const auto s = in.digits(2);
    if (!s || *s > 60) return std::nullopt;
    second = *s;
    if (in.take('.') || in.take(',')) {
      const auto f = in.fraction();
      if (!f) return std::nullopt;
      fraction = *f;
    }
  }
  return ((*hour * 60 + *minute) * std::int64_t{60} + second) * ns_per_s + fraction;
}

std::optional<std::int64_t> parse_zone_seconds(Cursor& in) {
  if (in.done() || in.take('Z') || in.take('z')) return 0;
  const bool west = in.peek() == '-';
  if (!in.take('+') && !in.take('-')) return std::nullopt;
  const auto hour = in.digits(2);
  in.take(':');
  const auto minute = in.digits(2);
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const std::int64_t offset = (*hour * 60 + *minute) * std::int64_t{60};
  return west ? -offset : offset;
}

std::optional<Time> parse_calendar(std::string_view text) {
  Cursor in(text);
  const auto date = parse_date_seconds(in);
  if (!date) return std::nullopt;
  std::int64_t clock_ns = 0;
  std::int64_t zone = 0;
  if (!in.done()) {
    if (!in.take('T') && !in.take('t') && !in.take(' ')) return std::nullopt;
    const auto clock = parse_clock_ns(in);
    if (!clock) return std::nullopt;
    clock_ns = *clock;
    in.take(' ');
    const auto offset = parse_zone_seconds(in);
    if (!offset) return std::nullopt;
    zone = *offset;
  }
  // 1678 to 2261: what an int64 of nanoseconds holds.
  constexpr std::int64_t limit_s = 9'214'646'400;
  const std::int64_t s = *date - zone;
  if (!in.done() || s < -limit_s || s > limit_s) return std::nullopt;
  return Time{s * ns_per_s + clock_ns};
}

constexpr std::int64_t ns_per(EpochUnit unit) {
  switch (unit) {
    case EpochUnit::s:
      return ns_per_s;
    case EpochUnit::ms:
      return 1'000'000;
    case EpochUnit::us:
      return 1'000;
    default:
      return 1;
  }
}

EpochUnit detect(double magnitude) {
  if (magnitude < 1e11) return EpochUnit::s;
  if (magnitude < 1e14) return EpochUnit::ms;
  if (magnitude < 1e17) return EpochUnit::us;
  return EpochUnit::ns;
}

struct DurationUnit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array<DurationUnit, 7> duration_units{{{"d", 86'400 * ns_per_s},
                                                      {"h", 3'600 * ns_per_s},
                                                      {"min", 60 * ns_per_s},
                                                      {"s", ns_per_s},
                                                      {"ms", 1'000'000},
                                                      {"us", 1'000},
                                                      {"ns", 1}}};

}  // namespace

Result<Time> time_from_epoch(std::int64_t value, EpochUnit unit) {
  if (unit == EpochUnit::autodetect) unit = detect(std::abs(static_cast<double>(value)));
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(value, ns_per(unit), &ns))
    return fail(Errc::invalid, "epoch {} is outside the years 1678 to 2261", value);
  return Time{ns};
}

Result<Time> time_from_epoch(double value, EpochUnit unit) {
  if (!std::isfinite(value)) return fail(Errc::invalid, "a time must be finite, found {}", value);
  if (unit == EpochUnit::autodetect) unit = detect(std::abs(value));
  const double scale = static_cast<double>(ns_per(unit));
  if (std::abs(value) * scale >= 9.2e18)
    return fail(Errc::invalid, "epoch {} is outside the years 1678 to 2261", value);
  // Whole units exactly, the fraction apart: a double of nanoseconds would lose the microseconds.
  const double whole = std::floor(value);
  return Time{static_cast<std::int64_t>(whole) * ns_per(unit) +
              std::llround((value - whole) * scale)};
}

Result<Time> parse_time(std::string_view text, EpochUnit unit) {
  std::int64_t integer = 0;
  const char* end = text.data() + text.size();
  if (auto [stop, error] = std::from_chars(text.data(), end, integer);
      error == std::errc{} && stop == end)
    return time_from_epoch(integer, unit);
  double number = 0;
  if (auto [stop, error] = std::from_chars(text.data(), end, number);
      error == std::errc{} && stop == end)
    return time_from_epoch(number, unit);
  if (const auto time = parse_calendar(text)) return *time;
  return fail(Errc::invalid,
              "'{}' is no time: expected RFC 3339, YYYY-MM-DD hh:mm:ss, or an epoch number",
              text.substr(0, 64));
}

std::string format_time(Time t) {
  const Time second = floor_to(t, seconds(1));
  const std::int64_t fraction = t.ns - second.ns;
  const std::int64_t total = second.ns / ns_per_s;
  const Time day_start = floor_to(t, days(1));
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{day_start.ns / (86'400 * ns_per_s)}}};
  const std::int64_t of_day = total - day_start.ns / ns_per_s;
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  of_day / 3600, of_day / 60 % 60, of_day % 60);
  if (fraction != 0) {
    std::string digits = fmt::format("{:09}", fraction);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += '.' + digits;
  }
  return out + 'Z';
}

namespace {

/// Takes one number and its unit, which must be smaller than `below`, from the front of `text`.
std::optional<double> take_duration_part(std::string_view& text, std::int64_t& below) {
  double number = 0;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto unit = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_letter) -
                                             text.begin());
  for (const DurationUnit& known : duration_units) {
    if (known.name != text.substr(0, unit) || known.ns >= below) continue;
    text.remove_prefix(unit);
    below = known.ns;
    return number * static_cast<double>(known.ns);
  }
  return std::nullopt;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  double ns = 0;
  std::int64_t below = std::numeric_limits<std::int64_t>::max();
  do {
    const auto part = take_duration_part(rest, below);
    if (!part || ns + *part >= 9.2e18)
      return fail(Errc::invalid,
                  "'{}' is no duration: expected a number and ns, us, ms, s, min, h or d",
                  text.substr(0, 64));
    ns += *part;
  } while (!rest.empty());
  return Duration{std::llround(ns)};
}

std::string format_duration(Duration d) {
  if (d.ns == 0) return "0s";
  for (const DurationUnit& unit : duration_units)
    if (d.ns % unit.ns == 0) return fmt::format("{}{}", d.ns / unit.ns, unit.name);
  return fmt::format("{}ns", d.ns);
}

}  // namespace wayside
