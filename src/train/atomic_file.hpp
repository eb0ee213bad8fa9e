#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside::train {

/// Writes beside `path`, to stable storage, then renames: a reader sees the old file or the whole
/// of the new one. Makes missing folders. Errors: `io` and `full` (disk), with the path; nothing is
/// left behind.
[[nodiscard]] Status write_file_atomically(const std::string& path, std::string_view bytes);

}  // namespace wayside::train
