#include <algorithm>
#include <cmath>
#include <map>

#include "hub/questions/ask.hpp"
#include "hub/questions/clickhouse_sql.hpp"
#include "hub/questions/duckdb_sql.hpp"

namespace wayside::hub::questions {
namespace {

using Place = std::pair<std::string, std::string>;  ///< asset, node
using Means = std::map<std::string, double>;        ///< by feature

/// Below this share of a feature's size its spread is rounding.
constexpr double relative_spread_min = 1e-12;

/// Standard deviation of every feature over the assets; those without one are left out.
Means spread_of(const std::map<Place, Means>& assets) {
  std::map<std::string, std::vector<double>> by_feature;
  for (const auto& [place, means] : assets)
    for (const auto& [feature, mean] : means) by_feature[feature].push_back(mean);
  Means spread;
  for (const auto& [feature, values] : by_feature) {
    double mean = 0, squares = 0, size = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    for (const double value : values) {
      squares += (value - mean) * (value - mean) / static_cast<double>(values.size());
      size = std::max(size, std::abs(value));
    }
    const double deviation = std::sqrt(squares);
    if (deviation > relative_spread_min * size) spread[feature] = deviation;
  }
  return spread;
}

SimilarAsset compare(const Place& place, const Means& here, const Means& there,
                     const Means& spread) {
  SimilarAsset result;
  result.asset = place.first;
  result.node = place.second;
  double squares = 0;
  for (const auto& [feature, deviation] : spread) {
    const auto one = here.find(feature), other = there.find(feature);
    if (one == here.end() || other == there.end()) continue;
    const double units = (one->second - other->second) / deviation;
    squares += units * units;
    result.parts.push_back({feature, one->second, other->second, units * units});
  }
  if (!result.parts.empty())
    result.distance = std::sqrt(squares / static_cast<double>(result.parts.size()));
  for (SimilarAsset::Part& part : result.parts) part.share = squares > 0 ? part.share / squares : 0;
  std::stable_sort(result.parts.begin(), result.parts.end(),
                   [](const auto& a, const auto& b) { return a.share > b.share; });
  return result;
}

}  // namespace

Result<std::vector<SimilarAsset>> similar_assets(TelemetryStore& store,
                                                 const SimilarRequest& request) {
  const auto dialect = dialect_of(store.name());
  if (!dialect) return tl::make_unexpected(dialect.error());
  const auto rows = ask(
      store,
      *dialect == Dialect::duckdb ? duckdb::similar_sql(request) : clickhouse::similar_sql(request),
      SimilarRequest::values_max);
  if (!rows) return tl::make_unexpected(rows.error());
  std::map<Place, Means> assets;
  for (const auto& row : *rows)
    if (const auto mean = number_of(row[3]))
      assets[{text_of(row[1]), text_of(row[0])}][text_of(row[2])] = *mean;
  const auto self = std::find_if(assets.begin(), assets.end(), [&](const auto& entry) {
    return entry.first.first == request.asset;
  });
  if (self == assets.end())
    return fail(Errc::not_found, "'{}' has no features in the {} up to {}", request.asset,
                format_duration(request.window), format_time(request.to));
  const Means spread = spread_of(assets);
  std::vector<SimilarAsset> found;
  for (const auto& [place, means] : assets) {
    if (place.first == request.asset) continue;
    SimilarAsset other = compare(place, self->second, means, spread);
    if (!other.parts.empty()) found.push_back(std::move(other));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.distance < b.distance; });
  if (found.size() > request.limit) found.resize(request.limit);
  return found;
}

}  // namespace wayside::hub::questions
