#pragma once

#include <vector>

#include "codec/series.hpp"

namespace wayside::bench {

/// Prints what a node's samples take on the wire and how long it and the hub are busy with them, by
/// the number of samples in a block and the level.
void measure_wire(const std::vector<Series>& signals, int repetitions);

}  // namespace wayside::bench
