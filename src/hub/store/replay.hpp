#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "telemetry/record.hpp"

/// What a replay of features reads from the store and writes back.
namespace wayside::hub {

struct SampleRequest {
  static constexpr std::size_t rows_max_max = 2'000'000;
  std::string node;
  std::string asset;
  std::vector<std::string> signals;  ///< empty: all
  Time from;
  Time to;  ///< inclusive
  std::size_t rows_max = 250'000;
};

/// Samples of one asset at one node, of every quality, ordered by time, those of equal times in
/// arrival order; NaN where none was stored.
struct StoredSamples {
  struct Series {
    std::string signal;
    std::uint32_t version = 1;
  };
  std::vector<Series> series;
  std::vector<std::uint32_t> series_of;  ///< of each sample: index into `series`
  std::vector<Time> times;
  std::vector<double> values;
  std::vector<telemetry::Quality> qualities;

  /// Puts samples that came in arrival order into the order of time.
  void sort();
};

/// Feature rows that take the place of all there are of their names, of this asset at this node,
/// in [from, to]; their times lie inside.
struct FeatureReplacement {
  std::string node;
  Time from;
  Time to;  ///< inclusive
  telemetry::FeatureBlock block;
};

struct Replaced {
  std::uint64_t removed = 0;
  std::uint64_t written = 0;  ///< values

  friend bool operator==(const Replaced&, const Replaced&) = default;
};

}  // namespace wayside::hub
