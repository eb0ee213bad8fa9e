#pragma once

#include <cstddef>
#include <string>

#include "hub/store/clickhouse/block_reader.hpp"

namespace wayside::hub::click {

/// Appends a row as a JSON array, in the forms of docs/api.md. Whole numbers of a column that is
/// named as the tables' times are (`time`, `updated`, `requested`, `finished`, `…_time`) are
/// nanoseconds and become times. False, with `out` as before, where it would make `out` longer than
/// `bytes_max`.
[[nodiscard]] bool append_row(const Block& block, std::size_t row, std::string& out,
                              std::size_t bytes_max);

}  // namespace wayside::hub::click
