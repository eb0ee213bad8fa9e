#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/codec/level.hpp"
#include "telemetry/sample.hpp"

namespace wayside::telemetry::codec {

/// No block holds more.
inline constexpr std::size_t samples_max = 65'536;

/// Columns of one block, equally long.
struct Columns {
  std::vector<Time> times;
  std::vector<double> values;
  std::vector<Quality> qualities;
};

/// Appends the encoded block to `out`: at most samples_max samples, the columns equally long.
/// Lossless for every bit pattern of the doubles and every time.
void encode_block(std::span<const Time> times, std::span<const double> values,
                  std::span<const Quality> qualities, std::string& out, Level level = Level::fast);

/// How many samples a block says it holds. Errors: `corrupt`, also for more than `count_max`.
[[nodiscard]] Result<std::size_t> block_count(std::string_view in, std::size_t count_max);

/// Into the caller's columns, each block_count() long; a block of level `fast` takes no memory of
/// its own. Errors: `corrupt`; what the columns then hold is unspecified.
[[nodiscard]] Status decode_block(std::string_view in, std::span<Time> times,
                                  std::span<double> values, std::span<Quality> qualities);

/// Errors: `corrupt`. At most `count_max` samples are accepted.
[[nodiscard]] Result<Columns> decode_block(std::string_view in, std::size_t count_max);

}  // namespace wayside::telemetry::codec
