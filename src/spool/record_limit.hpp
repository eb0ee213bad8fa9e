#pragma once

#include <algorithm>
#include <cstdint>

#include "telemetry/record.hpp"

namespace wayside::spool {

/// The largest record that a spool of so many bytes takes. The smallest spool takes a node's
/// largest block: 8,192 samples that do not compress, with their times.
[[nodiscard]] constexpr std::uint64_t record_bytes_max(std::uint64_t limit) {
  return std::clamp<std::uint64_t>(limit / 16, 192u << 10, telemetry::record_bytes_max);
}

}  // namespace wayside::spool
