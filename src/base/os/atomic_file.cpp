#include "base/os/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

namespace wayside::os {
namespace {

tl::unexpected<Error> failed(const std::string& path, const char* doing) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT;
  return fail(full ? Errc::full : Errc::io, "{}: {}: {}", path, doing, std::strerror(number));
}

std::filesystem::path folder_of(const std::string& path) {
  const std::filesystem::path target(path);
  return target.has_parent_path() ? target.parent_path() : ".";
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

/// Makes what is missing of it, on stable storage: each folder is an entry of the one above.
Status make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> made;
  for (auto at = folder; !at.empty() && !std::filesystem::exists(at, error); at = at.parent_path())
    made.push_back(at);
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Errc::io, "{}: {}", folder.string(), error.message());
  for (const auto& path : made)
    if (const Status synced = sync_folder(folder_of(path)); !synced) return synced;
  return {};
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  const std::filesystem::path folder = folder_of(path);
  if (const Status made = make_folders(folder); !made) return tl::make_unexpected(made.error());
  std::error_code error;
  const auto there = std::filesystem::status(path, error).type();
  if (there != std::filesystem::file_type::not_found &&
      there != std::filesystem::file_type::regular &&
      there != std::filesystem::file_type::directory)
    return fail(Errc::invalid, "{}: a device or a pipe cannot be replaced", path);
  AtomicFile file;
  file.path_ = path;
  file.temporary_ = path + ".XXXXXX";
  file.fd_ = ::mkostemp(file.temporary_.data(), O_CLOEXEC);
  if (file.fd_ < 0) return failed(path, "cannot be created");
  return file;
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  std::swap(fd_, other.fd_);
  return *this;
}

Status AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path_, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status AtomicFile::put_in_place() {
  // Syncing it under any descriptor writes what another one wrote.
  if (::fsync(fd_) != 0) return failed(path_, "cannot be written to stable storage");
  constexpr mode_t readable = 0644;  // mkostemp made it private
  if (::fchmod(fd_, readable) != 0) return failed(path_, "cannot be made readable");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed(path_, "cannot be replaced");
  ::close(std::exchange(fd_, -1));
  return sync_folder(folder_of(path_));
}

Status write_file_atomically(const std::string& path, std::string_view bytes) {
  auto file = AtomicFile::create(path);
  if (!file) return tl::make_unexpected(file.error());
  if (const Status written = file->write(bytes); !written) return written;
  return file->put_in_place();
}

}  // namespace wayside::os
