#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace wayside::spool {

/// What the store does with its files beside what SQLite does: on the machine's file system, or a
/// simulated one.
class StoreFiles {
 public:
  virtual ~StoreFiles() = default;
  /// SQLite's VFS by which the databases lie there; empty: its own.
  [[nodiscard]] virtual std::string vfs() const = 0;
  /// 0 where there is none.
  [[nodiscard]] virtual std::uint64_t size(const std::string& path) const = 0;
  /// Free to whoever writes next; nullopt where it cannot be told.
  [[nodiscard]] virtual std::optional<std::uint64_t> available(const std::string& path) const = 0;
  /// Over what is there; nothing happens where `from` is not.
  [[nodiscard]] virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// Nothing happens where it is not there.
  [[nodiscard]] virtual Status remove(const std::string& path) = 0;
  /// Makes a file that is there as large as this, by zeros for which there is room then; never
  /// smaller. On stable storage when it returns: where its log is empty, SQLite takes a database to
  /// have as many pages as its file has room for, and finds it damaged if the power takes that room
  /// away. What does not fit whole may be there in part. Errors: `full`, `io`.
  [[nodiscard]] virtual Status allocate(const std::string& path, std::uint64_t bytes) = 0;
  /// Of the files that were made larger none is in use any more.
  virtual void release() = 0;
};

[[nodiscard]] std::shared_ptr<StoreFiles> machine_files();

}  // namespace wayside::spool
