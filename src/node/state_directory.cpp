#include "node/state_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace wayside::node {
namespace {

/// The process id that the holder wrote, for the message.
std::string holder(int fd) {
  std::array<char, 32> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string out(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out.empty() ? "unknown" : out;
}

tl::unexpected<Error> system_error(const std::string& doing, int error) {
  return fail(error == ENOSPC ? Errc::full : Errc::io, "{}: {}", doing, std::strerror(error));
}

}  // namespace

Result<StateDirectory> StateDirectory::open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return fail(Errc::io, "the state folder {} cannot be created: {}", path, error.message());
  const std::string lock_path = path + "/lock";
  const int fd = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return system_error("the state folder " + path + " cannot be written", errno);
  StateDirectory directory(path, fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("locking " + lock_path, errno);
    return fail(
        Errc::conflict,
        "the state folder {} is in use by another agent (process {}): stop it, or give this "
        "one a 'state' of its own",
        path, holder(fd));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return system_error("writing " + lock_path, errno);
  return directory;
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateDirectory& StateDirectory::operator=(StateDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

StateDirectory::~StateDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace wayside::node
