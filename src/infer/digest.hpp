#pragma once

#include <string>
#include <string_view>

namespace wayside::infer {

/// The first 16 hexadecimal digits of the SHA-256 (FIPS 180-4) of a model file's bytes: what
/// decisions call `release`.
[[nodiscard]] std::string model_digest(std::string_view bytes);

}  // namespace wayside::infer
