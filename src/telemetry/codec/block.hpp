#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/sample.hpp"

namespace wayside::telemetry::codec {

/// Columns of one block, equally long.
struct Columns {
  std::vector<Time> times;
  std::vector<double> values;
  std::vector<Quality> qualities;
};

/// Appends the encoded block to `out`. Lossless for every bit pattern of the doubles.
void encode_block(const std::vector<Time>& times, const std::vector<double>& values,
                  const std::vector<Quality>& qualities, std::string& out);

/// Errors: `corrupt`. At most `count_max` samples are accepted.
[[nodiscard]] Result<Columns> decode_block(std::string_view in, std::size_t count_max);

}  // namespace wayside::telemetry::codec
