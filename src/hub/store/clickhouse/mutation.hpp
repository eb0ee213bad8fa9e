#pragma once

#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/clickhouse/client.hpp"
#include "hub/store/clickhouse/tables.hpp"

namespace wayside::hub::click {

/// Rows of one server's own table that a condition holds for.
[[nodiscard]] Result<std::uint64_t> count_rows(Client& server, const Layout& layout,
                                               std::string_view table,
                                               const std::string& condition);

/// Removes the rows of one server's own table that `condition` holds for and waits until they are
/// gone, which is counted. ClickHouse rewrites every part that holds one of them. The condition
/// must not hold for rows that are yet to come. Gives how many there were. Errors: `timeout` where
/// it takes longer (it goes on at the server), as of `Client`.
[[nodiscard]] Result<std::uint64_t> remove_rows(Client& server, const Layout& layout,
                                                std::string_view table,
                                                const std::string& condition, Duration timeout);

}  // namespace wayside::hub::click
