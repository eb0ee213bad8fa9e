#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "support/process.hpp"

namespace wayside::test {

/// A file system in memory of a few MiB, mounted in a temporary folder and gone with its object.
/// It says it is full as a disk does.
class SmallDisk {
 public:
  /// Null where this user may not mount; tests skip by name then.
  [[nodiscard]] static std::unique_ptr<SmallDisk> mount(std::uint64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// Makes it larger or smaller, while it is in use. Throws std::runtime_error.
  void resize(std::uint64_t bytes);
  [[nodiscard]] const std::string& path() const { return folder_.path(); }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] std::uint64_t free_bytes() const;

 private:
  SmallDisk() = default;
  TemporaryFolder folder_;
};

}  // namespace wayside::test
