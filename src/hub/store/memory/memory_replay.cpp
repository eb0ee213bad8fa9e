#include <algorithm>
#include <limits>

#include "hub/store/memory/memory_store.hpp"

namespace wayside::hub {

Result<StoredSamples> MemoryStore::stored_samples(const SampleRequest& request) {
  const std::scoped_lock lock(mutex_);
  StoredSamples out;
  for (const auto& [name, points] : points_) {
    if (name.kind != SeriesKind::signal || name.asset != request.asset) continue;
    if (!request.signals.empty() && std::find(request.signals.begin(), request.signals.end(),
                                              name.name) == request.signals.end())
      continue;
    const auto series = static_cast<std::uint32_t>(out.series.size());
    out.series.push_back({name.name});
    for (const Point& point : points) {
      if (point.node != request.node || point.time < request.from || point.time > request.to)
        continue;
      out.series_of.push_back(series);
      out.times.push_back(point.time);
      out.values.push_back(point.value);
      out.qualities.push_back(point.quality);
    }
  }
  if (out.times.size() > request.rows_max)
    return fail(Errc::full, "more than {} samples: ask for a shorter range", request.rows_max);
  out.sort();
  return out;
}

Result<Replaced> MemoryStore::replace_features(const FeatureReplacement& replacement) {
  const std::scoped_lock lock(mutex_);
  if (failures_ > 0) {
    --failures_;
    return tl::make_unexpected(failure_);
  }
  Replaced done;
  const telemetry::FeatureBlock& block = replacement.block;
  for (std::size_t n = 0; n < block.names.size(); ++n) {
    auto& points = points_[{block.asset, SeriesKind::feature, block.names[n]}];
    done.removed += std::erase_if(points, [&](const Point& point) {
      return point.node == replacement.node && point.time >= replacement.from &&
             point.time <= replacement.to;
    });
    for (std::size_t t = 0; t < block.times.size(); ++t)
      points.push_back({block.times[t], block.values[t * block.names.size() + n],
                        telemetry::Quality::good, replacement.node, telemetry::Tier::diagnostic});
  }
  done.written = block.values.size();
  return done;
}

}  // namespace wayside::hub
