#pragma once

#include <cstdint>

/// The numbers that a column of integers is written with; docs/protocol.md says what they mean.
namespace wayside::telemetry::codec {

inline constexpr std::uint8_t form_packed = 0;
inline constexpr std::uint8_t form_planes = 1;
inline constexpr std::uint8_t form_divided = 2;  ///< a flag

inline constexpr unsigned width_code_max = 63;  ///< stands for 64 bits
inline constexpr unsigned head_differences_shift = 6;
inline constexpr unsigned head_patched = 3U << head_differences_shift;

inline constexpr unsigned planes_max = 8;
inline constexpr std::uint8_t plane_constant = 0;
inline constexpr std::uint8_t plane_raw = 1;
inline constexpr std::uint8_t plane_zstd = 2;

}  // namespace wayside::telemetry::codec
