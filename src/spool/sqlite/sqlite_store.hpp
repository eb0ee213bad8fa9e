#pragma once

#include <memory>
#include <string>

#include "base/log.hpp"
#include "spool/spool_store.hpp"
#include "spool/sqlite/files.hpp"

namespace wayside::spool {

/// A spool in one SQLite file (and its -wal and -shm beside it), which is created if need be. A
/// file that is no sound database is renamed to `path`.damaged, over an older one, and a new one
/// begun; the log says so. Errors: `io`, `full`, `conflict` for a file of a later format.
[[nodiscard]] Result<std::unique_ptr<SpoolStore>> open_sqlite_store(
    const std::string& path, Log log, std::shared_ptr<StoreFiles> files = machine_files());

}  // namespace wayside::spool
