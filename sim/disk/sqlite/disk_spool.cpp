#include "sim/disk/sqlite/disk_spool.hpp"

namespace wayside::sim {
namespace {

class DiskFiles final : public spool::StoreFiles {
 public:
  DiskFiles(VirtualDisk& disk, std::string vfs) : disk_(disk), vfs_(std::move(vfs)) {}

  std::string vfs() const override { return vfs_; }
  std::uint64_t size(const std::string& path) const override {
    return disk_.size(path).value_or(0);
  }
  std::optional<std::uint64_t> available(const std::string&) const override {
    return disk_.bytes_free();
  }
  Status rename(const std::string& from, const std::string& to) override {
    return disk_.exists(from) ? disk_.rename(from, to) : Status{};
  }
  Status remove(const std::string& path) override {
    return disk_.exists(path) ? disk_.remove(path) : Status{};
  }
  Status allocate(const std::string& path, std::uint64_t bytes) override {
    auto file = disk_.open(path, false);
    if (!file) return tl::make_unexpected(file.error());
    if (VirtualDisk::size(**file) < bytes)
      if (auto resized = disk_.resize(**file, bytes); !resized) return resized;
    return disk_.sync(**file);
  }
  void release() override {}

 private:
  VirtualDisk& disk_;
  std::string vfs_;
};

}  // namespace

Result<std::unique_ptr<spool::SpoolStore>> open_spool_store(VirtualDisk& disk, const DiskVfs& vfs,
                                                            const std::string& path, Log log) {
  return spool::open_sqlite_store(path, std::move(log),
                                  std::make_shared<DiskFiles>(disk, vfs.name()));
}

}  // namespace wayside::sim
