#include "spool/sqlite/files.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>

namespace wayside::spool {
namespace {

Errc errc_of(int code) {
  return code == ENOSPC || code == EDQUOT ? Errc::full : Errc::io;
}

class MachineFiles final : public StoreFiles {
 public:
  MachineFiles() = default;
  ~MachineFiles() override { release(); }
  MachineFiles(const MachineFiles&) = delete;
  MachineFiles& operator=(const MachineFiles&) = delete;

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
    auto it = open_.find(path);
    if (it == open_.end()) {
      const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
      if (file < 0) return fail(errc_of(errno), "cannot open {}: {}", path, std::strerror(errno));
      it = open_.emplace(path, file).first;
    }
    const int code = ::posix_fallocate(it->second, 0, static_cast<off_t>(bytes));
    if (code != 0) return fail(errc_of(code), "no room for {}: {}", path, std::strerror(code));
    if (::fdatasync(it->second) != 0)
      return fail(errc_of(errno), "cannot sync {}: {}", path, std::strerror(errno));
    return {};
  }

  void release() override {
    for (const auto& [path, file] : open_) ::close(file);
    open_.clear();
  }

 private:
  /// Closing any descriptor of a database ends SQLite's locks on it, so they stay open until it is
  /// closed.
  std::map<std::string, int> open_;
};

}  // namespace

std::shared_ptr<StoreFiles> machine_files() {
  return std::make_shared<MachineFiles>();
}

}  // namespace wayside::spool
