#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace wayside::drill {

/// `1,234,567`.
[[nodiscard]] std::string format_count(std::uint64_t n);
/// `1.4 MiB`, three digits.
[[nodiscard]] std::string format_bytes(double bytes);
/// For people: rounded to what matters, `82 ms`, `7.3 s`, `4 min 10 s`, `6 h 2 min`, `3 d 4 h`;
/// negative ones with a minus.
[[nodiscard]] std::string format_span(Duration d);

}  // namespace wayside::drill
