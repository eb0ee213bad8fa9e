#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace wayside::os {

/// What this process uses, from /proc/self; what cannot be read is 0.
struct ProcessStats {
  Duration cpu;                 ///< user and system time since the start
  std::uint64_t rss_bytes = 0;  ///< resident
  std::uint64_t pss_bytes = 0;  ///< resident, shared pages in proportion: /proc/self/smaps_rollup
};
[[nodiscard]] ProcessStats process_stats();

}  // namespace wayside::os
