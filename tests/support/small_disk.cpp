#include "support/small_disk.hpp"

#include <sys/mount.h>
#include <sys/statvfs.h>
#include <stdexcept>

namespace wayside::test {

std::unique_ptr<SmallDisk> SmallDisk::mount(std::uint64_t bytes) {
  std::unique_ptr<SmallDisk> disk(new SmallDisk);
  const std::string size = "size=" + std::to_string(bytes);
  if (::mount("tmpfs", disk->path().c_str(), "tmpfs", 0, size.c_str()) == 0) return disk;
  return nullptr;
}

SmallDisk::~SmallDisk() {
  // Detached: a file that is still open holds it until it is closed.
  ::umount2(path().c_str(), MNT_DETACH);
}

void SmallDisk::resize(std::uint64_t bytes) {
  const std::string size = "size=" + std::to_string(bytes);
  if (::mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT, size.c_str()) != 0)
    throw std::runtime_error("the disk cannot be resized");
}

std::uint64_t SmallDisk::free_bytes() const {
  struct statvfs state {};
  if (::statvfs(path().c_str(), &state) != 0) throw std::runtime_error("no such disk");
  return static_cast<std::uint64_t>(state.f_bavail) * state.f_frsize;
}

}  // namespace wayside::test
