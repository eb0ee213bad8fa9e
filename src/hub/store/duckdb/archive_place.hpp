#pragma once

#include <string>

#include "base/result.hpp"

namespace wayside::hub::duck {

/// The archive's folder on the disk it belongs to. A file FOLDER/STORE.archive marks it: where a
/// mount is away its empty mount point has none, and nothing may be written there. The file is
/// locked while it is held, so that two hubs on copies of one database do not share an archive.
class ArchivePlace {
 public:
  ArchivePlace() = default;
  ~ArchivePlace() { leave(); }
  ArchivePlace(const ArchivePlace&) = delete;
  ArchivePlace& operator=(const ArchivePlace&) = delete;

  /// `make`: the mark is made where there is none. Errors: `unavailable` without the mark,
  /// `conflict` where another process holds it, `io`, `full`.
  [[nodiscard]] Status take(const std::string& folder, const std::string& store, bool make);
  /// Whether the folder is still there, or there again. Errors: as `take`.
  [[nodiscard]] Status look();
  void leave();

 private:
  [[nodiscard]] Status lock();

  std::string path_;  ///< of the mark
  int fd_ = -1;
};

}  // namespace wayside::hub::duck
