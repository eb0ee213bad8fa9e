#include "train/moment.hpp"

namespace wayside::train {

Result<Time> parse_moment(std::string_view text, Time now) {
  std::string_view rest = text;
  if (rest.starts_with("now")) rest.remove_prefix(3);
  if (rest.empty() && !text.empty()) return now;
  if (rest.starts_with('-')) {
    const Result<Duration> ago = parse_duration(rest.substr(1));
    if (!ago) return fail_in(fmt::format("the moment {}", text), ago.error());
    return now - *ago;
  }
  return parse_time(text);
}

}  // namespace wayside::train
