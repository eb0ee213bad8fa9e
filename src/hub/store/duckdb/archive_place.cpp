#include "hub/store/duckdb/archive_place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/os/atomic_file.hpp"

namespace wayside::hub::duck {

Status ArchivePlace::take(const std::string& folder, const std::string& store, bool make) {
  leave();
  path_ = folder + "/" + store + ".archive";
  struct stat there {};
  if (make && ::stat(path_.c_str(), &there) != 0 && errno == ENOENT)
    if (const Status made =
            os::write_file_atomically(path_, "the archive of the Wayside store " + store + "\n");
        !made)
      return made;
  return lock();
}

Status ArchivePlace::look() {
  struct stat held {
  }, there{};
  if (fd_ >= 0 && ::fstat(fd_, &held) == 0 && ::stat(path_.c_str(), &there) == 0 &&
      held.st_dev == there.st_dev && held.st_ino == there.st_ino)
    return {};
  leave();
  return lock();
}

Status ArchivePlace::lock() {
  const int fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return fail(Errc::unavailable,
                "the archive is not where it was: {} is not there, which marks its folder", path_);
  if (fd < 0) return fail(Errc::io, "{}: cannot be opened: {}", path_, std::strerror(errno));
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
    fd_ = fd;
    return {};
  }
  const int number = errno;
  ::close(fd);
  if (number == EWOULDBLOCK)
    return fail(Errc::conflict,
                "{} is locked: another hub has the archive, its database is a copy of this one",
                path_);
  return fail(Errc::io, "{}: cannot be locked: {}", path_, std::strerror(number));
}

void ArchivePlace::leave() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace wayside::hub::duck
