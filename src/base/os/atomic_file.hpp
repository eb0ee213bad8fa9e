#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside::os {

/// A file that appears whole or not at all: it is written beside its place, to stable storage, and
/// then renamed. What was not put in place is removed.
class AtomicFile {
 public:
  /// Makes missing folders. Errors: `io` and `full` (disk), with the path; `invalid` where a device
  /// or a pipe has that name.
  [[nodiscard]] static Result<AtomicFile> create(const std::string& path);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;

  /// Where it is until then, for a writer that takes a name.
  [[nodiscard]] const std::string& temporary() const { return temporary_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Errors: `io`, `full`.
  [[nodiscard]] Status write(std::string_view bytes);
  /// Puts it in place, over what is there. Nothing may be written afterwards.
  [[nodiscard]] Status put_in_place();

 private:
  AtomicFile() = default;

  std::string path_;
  std::string temporary_;
  int fd_ = -1;
};

/// All of it at once. Errors: as AtomicFile; nothing is left behind.
[[nodiscard]] Status write_file_atomically(const std::string& path, std::string_view bytes);

}  // namespace wayside::os
