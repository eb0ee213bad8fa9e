#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside {

/// A span of time in nanoseconds. Differences of `Time` are durations; a duration is not a time.
struct Duration {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.ns * n}; }
  [[nodiscard]] constexpr double seconds() const { return static_cast<double>(ns) * 1e-9; }
};

constexpr Duration nanoseconds(std::int64_t n) {
  return {n};
}
constexpr Duration microseconds(std::int64_t n) {
  return {n * 1'000};
}
constexpr Duration milliseconds(std::int64_t n) {
  return {n * 1'000'000};
}
constexpr Duration seconds(std::int64_t n) {
  return {n * 1'000'000'000};
}
constexpr Duration minutes(std::int64_t n) {
  return seconds(n * 60);
}
constexpr Duration hours(std::int64_t n) {
  return minutes(n * 60);
}
constexpr Duration days(std::int64_t n) {
  return hours(n * 24);
}

/// A moment: UTC nanoseconds since the Unix epoch.
struct Time {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(Time, Time) = default;
  friend constexpr Time operator+(Time t, Duration d) { return {t.ns + d.ns}; }
  friend constexpr Time operator-(Time t, Duration d) { return {t.ns - d.ns}; }
  friend constexpr Duration operator-(Time a, Time b) { return {a.ns - b.ns}; }
  [[nodiscard]] constexpr double milliseconds() const { return static_cast<double>(ns) * 1e-6; }

  static constexpr Time min() { return {std::numeric_limits<std::int64_t>::min()}; }
  static constexpr Time max() { return {std::numeric_limits<std::int64_t>::max()}; }
};

/// Floor of `t` to a multiple of `step` since the epoch, also before 1970. `step` > 0.
constexpr Time floor_to(Time t, Duration step) {
  const std::int64_t r = t.ns % step.ns;
  return {r < 0 ? t.ns - r - step.ns : t.ns - r};
}

/// Units an epoch number can be counted in. `autodetect` goes by magnitude: below 1e11 it is
/// seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
enum class EpochUnit : std::uint8_t { autodetect, s, ms, us, ns };

/// RFC 3339 (`2026-03-01T12:00:00.5+01:00`), `YYYY-MM-DD hh:mm:ss[.frac]` (read as UTC), a date
/// alone, or an epoch number (decimals allowed). Errors: `invalid`, with the text and what was
/// expected; a moment outside the years 1678 to 2261 is `invalid` as well.
[[nodiscard]] Result<Time> parse_time(std::string_view text,
                                      EpochUnit unit = EpochUnit::autodetect);
[[nodiscard]] Result<Time> time_from_epoch(double value, EpochUnit unit = EpochUnit::autodetect);
[[nodiscard]] Result<Time> time_from_epoch(std::int64_t value,
                                           EpochUnit unit = EpochUnit::autodetect);

/// `2026-03-01T12:00:00.5Z`: as many decimals as needed, none when whole.
[[nodiscard]] std::string format_time(Time t);

/// `500ms`, `1.5s`, `10min`, `2h`, `7d`, also `ns` and `us`, and several with falling units as
/// `1h30min`. Negative durations are `invalid`.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
/// The shortest exact form that `parse_duration` reads back: `90s`, `500ms`, `7d`.
[[nodiscard]] std::string format_duration(Duration d);

}  // namespace wayside
