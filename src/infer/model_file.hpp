#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace wayside::infer {

inline constexpr std::size_t model_bytes_max = 512u << 20;

/// The whole of a model file. Errors: `not_found`, `io` (cannot be read), `invalid` (empty, larger
/// than model_bytes_max, not a regular file).
[[nodiscard]] Result<std::string> read_model_file(const std::string& path);

}  // namespace wayside::infer
