#include "link/day_window.hpp"

#include <fmt/format.h>
#include <optional>

namespace wayside::link {
namespace {

std::optional<int> two_digits(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !digit(text[0]) || !digit(text[1])) return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

std::optional<Duration> time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = two_digits(text.substr(0, 2));
  const auto minute = two_digits(text.substr(3));
  if (!hour || !minute || *hour > 24 || *minute > 59 || (*hour == 24 && *minute > 0))
    return std::nullopt;
  return hours(*hour) + minutes(*minute);
}

}  // namespace

Result<DayWindow> parse_day_window(std::string_view text) {
  const auto dash = text.find('-');
  const auto from = time_of_day(text.substr(0, dash));
  const auto to =
      dash == std::string_view::npos ? std::nullopt : time_of_day(text.substr(dash + 1));
  if (!from || !to || *from == *to || *from == days(1))
    return fail(Errc::invalid, "'{}' is no part of a day: expected two times such as 22:00-05:00",
                text);
  return DayWindow{*from, *to};
}

std::string format_time_of_day(Duration since_midnight) {
  const std::int64_t minute = since_midnight.ns / minutes(1).ns;
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

LocalTime local_time(Time moment, const TimeZone& zone) {
  const Time local = moment + zone.offset(moment);
  const Time midnight = floor_to(local, days(1));
  return {midnight.ns / days(1).ns, local - midnight};
}

}  // namespace wayside::link
