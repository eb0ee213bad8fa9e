#pragma once

#include <memory>
#include <string>

#include "sim/disk/virtual_disk.hpp"

namespace wayside::sim {

/// SQLite's way to a virtual disk: a VFS under which databases are files there, with locks and the
/// log's shared index in memory, no threads and no clock. Its name stays good as long as this
/// lives; connections are closed before. SQLite draws its random numbers from one generator a
/// process, which is seeded here, so that a simulation writes the same bytes each time.
class DiskVfs {
 public:
  DiskVfs(VirtualDisk& disk, std::uint64_t seed);
  ~DiskVfs();
  DiskVfs(const DiskVfs&) = delete;
  DiskVfs& operator=(const DiskVfs&) = delete;

  [[nodiscard]] const std::string& name() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::sim
