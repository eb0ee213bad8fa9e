#pragma once

#include <string_view>

#include "base/time.hpp"

namespace wayside::train {

/// A moment as a person types it: `now`, `-5min` or `now-5min` (before `now`), or what `parse_time`
/// reads. Errors: `invalid`, with the text and what was expected.
[[nodiscard]] Result<Time> parse_moment(std::string_view text, Time now);

}  // namespace wayside::train
