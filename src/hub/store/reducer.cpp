#include "hub/store/reducer.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::hub {

std::size_t stretch_of(Time time, Time from, Time to, std::size_t count) {
  // In 128 bits: a range of centuries in nanoseconds times thousands of stretches.
  const auto span = static_cast<__int128>(to.ns) - from.ns + 1;
  const auto offset = static_cast<__int128>(time.ns) - from.ns;
  return static_cast<std::size_t>(offset * static_cast<__int128>(count) / span);
}

Reducer::Reducer(Time from, Time to, std::size_t points)
    : from_(from), to_(to), points_(points == 1 ? 2 : points) {}

void Reducer::add(Time time, double value) {
  ++seen_;
  const Point point{time, value};
  if (!buckets_.empty()) {
    put(point);
    return;
  }
  raw_.push_back(point);
  if (points_ == 0 || raw_.size() <= points_) return;
  buckets_.resize(points_ / 2);
  for (const Point& held : raw_) put(held);
  raw_ = {};
}

void Reducer::put(const Point& point) {
  Bucket& bucket = buckets_[stretch_of(point.time, from_, to_, buckets_.size())];
  if (std::isnan(point.value)) {
    if (!bucket.any) bucket.low = point;
    bucket.any = true;
    return;
  }
  if (!bucket.any_value || point.value < bucket.low.value) bucket.low = point;
  if (!bucket.any_value || point.value > bucket.high.value) bucket.high = point;
  bucket.any = bucket.any_value = true;
}

Status SeriesTotal::status() const {
  if (held_ <= values_max_) return {};
  return fail(Errc::full,
              "the series together have more than {} values: ask for fewer series, fewer points or "
              "less time",
              values_max_);
}

Reducer::Output Reducer::finish() && {
  Output output;
  output.reduced = !buckets_.empty();
  for (const Bucket& bucket : buckets_) {
    if (!bucket.any) continue;
    const bool swap = bucket.any_value && bucket.high.time < bucket.low.time;
    raw_.push_back(swap ? bucket.high : bucket.low);
    if (bucket.any_value && bucket.low.time != bucket.high.time)
      raw_.push_back(swap ? bucket.low : bucket.high);
    // Different values at one time: both stay.
    else if (bucket.any_value && bucket.low.value != bucket.high.value)
      raw_.push_back(bucket.high);
  }
  if (buckets_.empty())
    std::stable_sort(raw_.begin(), raw_.end(),
                     [](const Point& a, const Point& b) { return a.time < b.time; });
  output.times.reserve(raw_.size());
  output.values.reserve(raw_.size());
  for (const Point& point : raw_) {
    output.times.push_back(point.time);
    output.values.push_back(point.value);
  }
  return output;
}

}  // namespace wayside::hub
