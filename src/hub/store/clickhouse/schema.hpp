#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "hub/store/clickhouse/client.hpp"
#include "hub/store/clickhouse/tables.hpp"

namespace wayside::hub::click {

/// Version of the tables this program reads and writes.
inline constexpr int schema_version = 3;

/// Statements that make the tables of an empty database, in order; each can be run again.
struct Ddl {
  std::string database;                   ///< on every server, before anything else
  std::string versions;                   ///< on the first server, next
  std::vector<std::string> everywhere;    ///< on every server
  std::vector<std::string> on_the_first;  ///< on the server that the hub talks to
};
/// `durable`: the server can write rows through to the disk before it answers.
[[nodiscard]] Ddl make_ddl(const Layout& layout, bool durable);

/// Brings the database to this version: whatever is missing is made, on every server. Errors:
/// `corrupt` where a later program wrote it, `refused`, `unavailable`, `io`.
[[nodiscard]] Status prepare_schema(const std::vector<Client*>& servers, const Layout& layout);

}  // namespace wayside::hub::click
