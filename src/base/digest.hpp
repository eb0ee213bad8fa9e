#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  /// 64 hexadecimal digits; nothing may be added afterwards.
  [[nodiscard]] std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of a file's content, read in pieces. Errors: `io`, `not_found`.
[[nodiscard]] Result<std::string> file_sha256(const std::string& path);

}  // namespace wayside
