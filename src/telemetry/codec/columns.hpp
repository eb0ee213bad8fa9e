#pragma once

#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "telemetry/codec/level.hpp"
#include "telemetry/sample.hpp"

/// The three columns of a block, each on its own, of at least one sample. docs/protocol.md has the
/// format in words. Reads return false where the bytes break the format; `count` is already checked
/// by the caller and is the length the column must have.
namespace wayside::telemetry::codec {

void write_times(std::span<const Time> times, Level level, std::string& out);
[[nodiscard]] bool read_times(ByteReader& in, std::span<Time> times);

void write_qualities(std::span<const Quality> qualities, std::string& out);
[[nodiscard]] bool read_qualities(ByteReader& in, std::span<Quality> qualities);

void write_values(std::span<const double> values, Level level, std::string& out);
[[nodiscard]] bool read_values(ByteReader& in, std::span<double> values);

}  // namespace wayside::telemetry::codec
