#pragma once

#include <string>

#include "base/result.hpp"

namespace wayside::node {

/// The folder that holds a node's spool and identity, held by one agent at a time: by a lock on the
/// file `lock` in it, which the system lets go however the program ends.
class StateDirectory {
 public:
  /// Creates the folder where it is missing. Errors: `conflict`, naming the process that holds it;
  /// `io` where it cannot be created or written.
  [[nodiscard]] static Result<StateDirectory> open(const std::string& path);
  ~StateDirectory();
  StateDirectory(StateDirectory&& other) noexcept;
  StateDirectory& operator=(StateDirectory&& other) noexcept;

  /// Path of a file in it.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  StateDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_ = -1;
};

}  // namespace wayside::node
