#include "spool/sqlite/files.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace wayside::spool {
namespace {

Errc errc_of(int code) {
  return code == ENOSPC || code == EDQUOT ? Errc::full : Errc::io;
}

class MachineFiles final : public StoreFiles {
 public:
  std::string vfs() const override { return {}; }

  std::uint64_t size(const std::string& path) const override {
    std::error_code code;
    const auto bytes = std::filesystem::file_size(path, code);
    return code ? 0 : bytes;
  }

  std::optional<std::uint64_t> available(const std::string& path) const override {
    std::error_code code;
    const auto space = std::filesystem::space(std::filesystem::absolute(path).parent_path(), code);
    if (code) return std::nullopt;
    return space.available;
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT)
      return fail(errc_of(errno), "cannot rename {} to {}: {}", from, to, std::strerror(errno));
    return {};
  }

  Status remove(const std::string& path) override {
    if (std::remove(path.c_str()) != 0 && errno != ENOENT)
      return fail(errc_of(errno), "cannot remove {}: {}", path, std::strerror(errno));
    return {};
  }

  Status allocate(const std::string& path, std::uint64_t bytes) override {
    // Never of the database itself: closing any of its descriptors would end SQLite's locks on it.
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return fail(errc_of(errno), "cannot open {}: {}", path, std::strerror(errno));
    const int code = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
    ::close(file);
    if (code != 0) return fail(errc_of(code), "no room for {}: {}", path, std::strerror(code));
    return {};
  }
};

}  // namespace

std::shared_ptr<StoreFiles> machine_files() {
  return std::make_shared<MachineFiles>();
}

}  // namespace wayside::spool
