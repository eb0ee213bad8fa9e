#include "node/kept_text.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace wayside::node {
namespace {

/// A file or folder open for as long as it takes to write and sync it.
struct Opened {
  Opened(const std::string& path, int flags) : fd(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Opened() {
    if (fd >= 0) ::close(fd);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  int fd;
};

Status write_synced(const std::string& path, std::string_view text) {
  const auto failed = [&](const char* doing) {
    return fail(errno == ENOSPC || errno == EDQUOT ? Errc::full : Errc::io, "{} {}: {}", doing,
                path, std::strerror(errno));
  };
  const Opened file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.fd < 0) return failed("opening");
  while (!text.empty()) {
    const ssize_t n = ::write(file.fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("writing");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file.fd) != 0) return failed("writing");
  return {};
}

class KeptFile final : public KeptText {
 public:
  explicit KeptFile(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& name() const override { return path_; }

  Result<std::optional<std::string>> read() override {
    std::error_code error;
    if (!std::filesystem::exists(path_, error)) return std::nullopt;
    std::ifstream in(path_, std::ios::binary);
    if (!in) return fail(Errc::io, "{} cannot be read", path_);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  }

  /// The same name beside it each time, so that killed programs leave no more than one file.
  Status replace(std::string_view text) override {
    const std::string beside = path_ + ".new";
    if (auto written = write_synced(beside, text); !written) return written;
    if (std::rename(beside.c_str(), path_.c_str()) != 0)
      return fail(Errc::io, "replacing {}: {}", path_, std::strerror(errno));
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    const Opened opened(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
    if (opened.fd < 0 || ::fsync(opened.fd) != 0)
      return fail(Errc::io, "writing the folder of {}: {}", path_, std::strerror(errno));
    return {};
  }

 private:
  std::string path_;
};

}  // namespace

std::unique_ptr<KeptText> keep_in_file(std::string path) {
  return std::make_unique<KeptFile>(std::move(path));
}

}  // namespace wayside::node
