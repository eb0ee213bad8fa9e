#pragma once

#include "base/duckdb/handles.hpp"
#include "hub/store/duckdb/slices.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// Adds to the downsampled history what the slice's good samples come to, in intervals of `every`.
/// Part of the transaction in which they leave `sample_rows`, so that every one of them is in the
/// history once; samples of one interval that leave at different times make several rows, which add
/// up.
[[nodiscard]] Status downsample(Connection& connection, const Slice& slice, Duration every);

}  // namespace wayside::hub::duck
