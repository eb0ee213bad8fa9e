#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "telemetry/codec/block.hpp"

/// The three columns of a block, each on its own. docs/protocol.md has the format in words.
namespace wayside::telemetry::codec {

/// Reads return false where the bytes break the format; `count` is already checked by the caller
/// and is the length the column must have.
void write_times(const std::vector<Time>& times, ByteWriter& out);
[[nodiscard]] bool read_times(ByteReader& in, std::size_t count, std::vector<Time>& times);

void write_qualities(const std::vector<Quality>& qualities, ByteWriter& out);
[[nodiscard]] bool read_qualities(ByteReader& in, std::size_t count,
                                  std::vector<Quality>& qualities);

void write_values(const std::vector<double>& values, std::string& out);
[[nodiscard]] bool read_values(ByteReader& in, std::size_t count, std::vector<double>& values);

}  // namespace wayside::telemetry::codec
