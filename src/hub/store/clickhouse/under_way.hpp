#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "hub/store/clickhouse/database.hpp"

namespace wayside::hub::click {

/// What the ids of our INSERTs begin with; every one that does not bear such an id could land after
/// the next opening has looked at what is there.
[[nodiscard]] std::string write_prefix(const Layout& layout);
/// Of those of the keeper.
[[nodiscard]] std::string removal_prefix(const Layout& layout);

/// Returns once no statement whose id begins so is under way at any server, whoever sent it: those
/// that have not begun to write are killed, the end of others is waited for. Errors: `unavailable`
/// where one does not end within a minute, and when `cancelled`; as of `Client::select`.
[[nodiscard]] Status end_under_way(const Database& database, const std::string& id_prefix,
                                   const std::function<bool()>& cancelled = {});

}  // namespace wayside::hub::click
