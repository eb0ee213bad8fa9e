#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/time_zone.hpp"

namespace wayside::link {

/// A part of every day by the local clock, over midnight where it ends before it begins. The hour
/// that a clock repeats in autumn counts both times, the one that it leaves out in spring not at
/// all.
struct DayWindow {
  Duration from;  ///< since midnight
  Duration to;    ///< not included

  [[nodiscard]] bool contains(Duration time_of_day) const {
    return from < to ? from <= time_of_day && time_of_day < to
                     : from <= time_of_day || time_of_day < to;
  }
};

/// `22:00-05:00`; `24:00` may end it. Errors: `invalid`, with what was expected.
[[nodiscard]] Result<DayWindow> parse_day_window(std::string_view text);
/// `22:00`
[[nodiscard]] std::string format_time_of_day(Duration since_midnight);

/// The local day as a number since 1970-01-01, and the time in it.
struct LocalTime {
  std::int64_t day = 0;
  Duration time_of_day;
};
[[nodiscard]] LocalTime local_time(Time moment, const TimeZone& zone);

}  // namespace wayside::link
