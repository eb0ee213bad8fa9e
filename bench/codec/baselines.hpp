#pragma once

#include <span>
#include <string>
#include <string_view>

/// Plain implementations of what doubles of time series are usually compressed with, to compare
/// with. Decoding trusts its input and is told how many values there are.
namespace wayside::bench {

/// Pelkonen et al.: "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015, section
/// 4.1.2.
void gorilla_encode(std::span<const double> values, std::string& out);
void gorilla_decode(std::string_view in, std::span<double> values);

/// Liakos, Papakonstantinopoulou, Kotidis: "Chimp: Efficient Lossless Floating Point Compression
/// for Time Series Databases", VLDB 2022; the one that looks back one value.
void chimp_encode(std::span<const double> values, std::string& out);
void chimp_decode(std::string_view in, std::span<double> values);

/// The same paper's Chimp128, which picks among the 128 values before by their low bits.
void chimp128_encode(std::span<const double> values, std::string& out);
void chimp128_decode(std::string_view in, std::span<double> values);

}  // namespace wayside::bench
