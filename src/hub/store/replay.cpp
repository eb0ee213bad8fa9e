#include "hub/store/replay.hpp"

#include <algorithm>
#include <numeric>

namespace wayside::hub {
namespace {

template <class T>
void reorder(std::vector<T>& values, const std::vector<std::size_t>& order) {
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (const std::size_t i : order) sorted.push_back(values[i]);
  values = std::move(sorted);
}

}  // namespace

void StoredSamples::sort() {
  if (std::is_sorted(times.begin(), times.end())) return;
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [this](std::size_t a, std::size_t b) { return times[a] < times[b]; });
  reorder(series_of, order);
  reorder(times, order);
  reorder(values, order);
  reorder(qualities, order);
}

}  // namespace wayside::hub
