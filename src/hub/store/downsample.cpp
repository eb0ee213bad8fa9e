#include "hub/store/downsample.hpp"

#include <tuple>

namespace wayside::hub {

void Interval::add(const Interval& later) {
  if (later.count == 0) return;
  if (count == 0) {
    *this = later;
    return;
  }
  count += later.count;
  sum += later.sum;
  if (std::tie(later.min, later.min_time) < std::tie(min, min_time)) {
    min = later.min;
    min_time = later.min_time;
  }
  if (later.max > max || (later.max == max && later.max_time < max_time)) {
    max = later.max;
    max_time = later.max_time;
  }
  if (later.first_time < first_time) {
    first = later.first;
    first_time = later.first_time;
  }
  if (later.last_time >= last_time) {
    last = later.last;
    last_time = later.last_time;
  }
}

}  // namespace wayside::hub
