#pragma once

#include <memory>
#include <string>

#include "hub/catalog/catalog.hpp"

namespace wayside::hub {

/// A catalog in one SQLite file, created where there is none. Errors: `io`, `corrupt`.
[[nodiscard]] Result<std::unique_ptr<Catalog>> open_sqlite_catalog(const std::string& path);

}  // namespace wayside::hub
