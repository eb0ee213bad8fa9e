#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside::node {

/// A text that outlives the program: a file, or what stands for one in a simulation.
class KeptText {
 public:
  virtual ~KeptText() = default;
  /// For messages: the file's path.
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Nullopt where there is none. Errors: `io`.
  [[nodiscard]] virtual Result<std::optional<std::string>> read() = 0;
  /// In one step: after a crash either text is there. On stable storage when it returns. Errors:
  /// `io`, `full`.
  [[nodiscard]] virtual Status replace(std::string_view text) = 0;
};

/// In the file at `path`, whose folder must be there.
[[nodiscard]] std::unique_ptr<KeptText> keep_in_file(std::string path);

}  // namespace wayside::node
