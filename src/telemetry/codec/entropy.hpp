#pragma once

#include <span>
#include <string>
#include <string_view>

/// The entropy stage: zstd. Each thread keeps one context of each direction.
namespace wayside::telemetry::codec {

/// Appends a zstd frame of `plain`; false, and nothing, where that takes `size_max` bytes or more.
[[nodiscard]] bool compress(std::string_view plain, std::size_t size_max, std::string& out);

/// False unless `packed` is one whole zstd frame of exactly out.size() bytes.
[[nodiscard]] bool decompress(std::string_view packed, std::span<char> out);

}  // namespace wayside::telemetry::codec
