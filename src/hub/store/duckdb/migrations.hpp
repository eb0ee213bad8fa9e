#pragma once

#include <array>
#include <string_view>

namespace wayside::hub::duck {

/// What makes version `version` of the tables out of the one before; an empty database is version
/// 0. Every migration runs in one transaction, once. What a released program has run is never
/// changed: a later version is another entry.
struct Migration {
  int version;
  const char* what;  ///< for the log
  const char* sql;
};

/// In order, without holes.
extern const std::array<Migration, 4> migrations;

/// Version of the tables this program reads and writes.
inline constexpr int schema_version = 4;

}  // namespace wayside::hub::duck
