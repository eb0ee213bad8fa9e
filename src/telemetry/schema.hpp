#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "telemetry/sample.hpp"
#include "telemetry/tier.hpp"

namespace wayside::telemetry {

/// A waveform arrives as a run of `length` samples, sample i at start + round(i · 1e9 / rate) ns;
/// from there on each is a sample like any other.
struct Waveform {
  double rate_hz = 0;
  std::size_t length = 0;

  [[nodiscard]] Duration offset(std::size_t i) const {
    return {static_cast<std::int64_t>(std::llround(static_cast<double>(i) * 1e9 / rate_hz))};
  }
};

/// A named measurement of an asset kind.
struct Signal {
  std::string name;
  std::string unit;  ///< UDUNITS-2 notation; "1" for a pure number
  std::uint32_t version = 1;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::optional<Waveform> waveform;
  Tier tier = Tier::diagnostic;

  [[nodiscard]] Quality judge(double value) const {
    if (!std::isfinite(value)) return Quality::not_finite;
    return value < min || value > max ? Quality::out_of_range : Quality::good;
  }
};

/// What all machines of one type measure.
struct Kind {
  std::string name;
  std::vector<Signal> signals;

  [[nodiscard]] std::optional<SignalId> find(std::string_view signal) const {
    for (std::size_t i = 0; i < signals.size(); ++i)
      if (signals[i].name == signal) return SignalId{static_cast<std::uint32_t>(i)};
    return std::nullopt;
  }
  [[nodiscard]] const Signal& operator[](SignalId id) const { return signals[id.index()]; }
};

}  // namespace wayside::telemetry
