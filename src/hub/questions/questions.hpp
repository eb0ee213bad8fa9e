#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/store.hpp"

/// What people ask of a fleet, as one SELECT each over the tables of docs/hub.md, in the language
/// of the store; last values come from TelemetryStore::last_values. Values of quality good count.
/// Errors of all: as of TelemetryStore::query; `full` for more rows than a reply may have.
namespace wayside::hub::questions {

using Scope = AssetScope;

struct StatsRequest {
  enum class By : std::uint8_t { asset, kind, site, tag };
  static constexpr std::size_t rows_max = 100'000;
  Scope scope;
  std::string signal;
  By by = By::asset;
  std::string by_tag;             ///< the key, where `by` is tag
  Time from, to;                  ///< from <= time < to
  std::optional<Duration> every;  ///< windows of this length on multiples of it; nullopt: one
};
/// Of the values of a group in a window. `std` is the population's; a quantile is the smallest
/// value that at least so large a share does not exceed.
struct StatsRow {
  std::string group;  ///< empty where the asset has no kind, site or tag
  Time start;
  std::uint64_t count = 0;
  double mean = 0, std = 0, min = 0, max = 0, p05 = 0, p50 = 0, p95 = 0;
};
/// By group and time; windows without values are left out.
[[nodiscard]] Result<std::vector<StatsRow>> window_stats(TelemetryStore& store,
                                                         const StatsRequest& request);

struct AsofRequest {
  static constexpr std::size_t events_max = 10'000;
  static constexpr std::size_t signals_max = 32;
  Scope scope;
  std::string event_kind;            ///< empty: any
  std::vector<std::string> signals;  ///< at least one
  Time from, to;                     ///< of the events, inclusive
  Duration within = hours(1);        ///< a value older than this at the event does not count
  std::size_t limit = 1'000;
};
struct AsofRow {
  std::string node, asset, kind, severity, text;
  Time time;
  struct Value {
    Time time;
    double value = 0;
  };
  std::vector<std::optional<Value>> values;  ///< in the order of the request's signals
};
/// Events, newest first, with the last value of each signal of their asset at or before them.
[[nodiscard]] Result<std::vector<AsofRow>> as_of_events(TelemetryStore& store,
                                                        const AsofRequest& request);

struct SimilarRequest {
  static constexpr std::size_t values_max = 1'000'000;  ///< assets × features looked at
  std::string asset, kind;
  Time to;
  Duration window = minutes(10);  ///< means over (to − window, to]
  std::size_t limit = 10;
};
struct SimilarAsset {
  std::string node, asset;
  double distance = 0;
  struct Part {
    std::string feature;
    double here = 0, there = 0;  ///< the means
    double share = 0;            ///< of the squared distance
  };
  std::vector<Part> parts;  ///< what made the distance, most first
};
/// The assets of a kind whose recent features are nearest to one's. Every feature counts in units
/// of its standard deviation over the kind's assets; the distance is the root mean square over the
/// features that both have. A feature that is the same in all assets tells nothing and is left out.
/// Errors: `not_found` where the asset has no features in the window.
[[nodiscard]] Result<std::vector<SimilarAsset>> similar_assets(TelemetryStore& store,
                                                               const SimilarRequest& request);

struct AnomalyRequest {
  static constexpr std::size_t limit_max = 10'000;
  Scope scope;
  std::string model;            ///< empty: any
  Time from, to;                ///< inclusive
  std::optional<double> above;  ///< scores from here on; nullopt: decisions of class anomaly
  Duration gap = minutes(1);    ///< between two decisions of one episode, at most
  std::size_t limit = 20;
};
struct Episode {
  std::string node, asset, model;
  Time start, end, peak_time;
  double peak = 0;
  std::uint64_t decisions = 0;
};
/// Highest peak first.
[[nodiscard]] Result<std::vector<Episode>> top_anomalies(TelemetryStore& store,
                                                         const AnomalyRequest& request);

}  // namespace wayside::hub::questions
