#pragma once

#include <cstdint>

namespace wayside::telemetry::codec {

/// How much work goes into a block's size. A decoder reads both alike.
enum class Level : std::uint8_t {
  fast,   ///< packed bits alone
  small,  ///< entropy coding as well, wherever that makes a column shorter
};

}  // namespace wayside::telemetry::codec
