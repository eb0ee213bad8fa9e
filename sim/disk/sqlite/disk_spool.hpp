#pragma once

#include <memory>
#include <string>

#include "base/log.hpp"
#include "sim/disk/sqlite/disk_vfs.hpp"
#include "spool/sqlite/sqlite_store.hpp"

namespace wayside::sim {

/// The spool's real store on a virtual disk. Both outlive it. Errors: as of open_sqlite_store.
[[nodiscard]] Result<std::unique_ptr<spool::SpoolStore>> open_spool_store(VirtualDisk& disk,
                                                                          const DiskVfs& vfs,
                                                                          const std::string& path,
                                                                          Log log);

}  // namespace wayside::sim
