#include "train/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace wayside::train {
namespace {

tl::unexpected<Error> failed(const std::string& path, const char* doing) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT;
  return fail(full ? Errc::full : Errc::io, "{}: {}: {}", path, doing, std::strerror(number));
}

Status write_all(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd) != 0) return failed(path, "cannot be written to stable storage");
  return {};
}

/// A rename is on stable storage once its folder is.
Status sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed(folder, "cannot be opened");
  Status status;
  if (::fsync(fd) != 0) status = failed(folder, "cannot be written to stable storage");
  ::close(fd);
  return status;
}

}  // namespace

Status write_file_atomically(const std::string& path, std::string_view bytes) {
  const std::filesystem::path target(path);
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Errc::io, "{}: {}", folder.string(), error.message());

  std::string temporary = path + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return failed(path, "cannot be created");
  Status status = write_all(fd, path, bytes);
  constexpr mode_t readable = 0644;  // mkostemp made it private
  if (status && ::fchmod(fd, readable) != 0) status = failed(path, "cannot be made readable");
  ::close(fd);
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0) {
    status = failed(path, "cannot be replaced");
  }
  if (!status) {
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_folder(folder);
}

}  // namespace wayside::train
