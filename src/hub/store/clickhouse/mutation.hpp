#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/clickhouse/client.hpp"
#include "hub/store/clickhouse/tables.hpp"

namespace wayside::hub::click {

/// Removes the rows of one server's own table that `condition` holds for and waits until they are
/// gone, which is counted. ClickHouse rewrites every part that holds one of them. The condition
/// must not hold for rows that are yet to come. Gives how many there were. Errors: `timeout` where
/// it takes longer (it goes on at the server), `unavailable` when `cancelled`, as of `Client`.
[[nodiscard]] Result<std::uint64_t> remove_rows(Client& server, const Layout& layout,
                                                std::string_view table,
                                                const std::string& condition, Duration timeout,
                                                const std::function<bool()>& cancelled = {});

/// The first half of it, for a condition that holds for rows yet to come too: rows that are
/// inserted after this returned stay.
[[nodiscard]] Status begin_removing(Client& server, const Layout& layout, std::string_view table,
                                    const std::string& condition);
/// Waits until everything that was begun for the table has ended. Errors: as of `remove_rows`.
[[nodiscard]] Status await_removals(Client& server, const Layout& layout, std::string_view table,
                                    Duration timeout, const std::function<bool()>& cancelled = {});

}  // namespace wayside::hub::click
