#include "features/reorder_buffer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::features {

ReorderBuffer::ReorderBuffer(std::size_t samples_max)
    : samples_max_(samples_max), times_(rooms(samples_max)), values_(rooms(samples_max)) {}

void ReorderBuffer::insert(Time time, double value) {
  WAYSIDE_ASSERT(!full(), "the owner makes room first");
  if (head_ == tail_) head_ = tail_ = 0;
  if (tail_ == times_.size()) close_gap();
  std::size_t at = tail_;
  if (at > head_ && time < times_[at - 1]) {
    const auto first = times_.begin() + static_cast<std::ptrdiff_t>(head_);
    const auto last = times_.begin() + static_cast<std::ptrdiff_t>(tail_);
    at = static_cast<std::size_t>(std::upper_bound(first, last, time) - times_.begin());
    std::move_backward(times_.begin() + static_cast<std::ptrdiff_t>(at), last, last + 1);
    std::move_backward(values_.begin() + static_cast<std::ptrdiff_t>(at),
                       values_.begin() + static_cast<std::ptrdiff_t>(tail_),
                       values_.begin() + static_cast<std::ptrdiff_t>(tail_ + 1));
  }
  times_[at] = time;
  values_[at] = value;
  ++tail_;
}

std::size_t ReorderBuffer::count_until(Time t) const {
  const auto all = times();
  if (all.empty() || all.back() <= t) return all.size();
  return static_cast<std::size_t>(std::upper_bound(all.begin(), all.end(), t) - all.begin());
}

void ReorderBuffer::close_gap() {
  const std::size_t n = size();
  std::copy_n(times_.begin() + static_cast<std::ptrdiff_t>(head_), n, times_.begin());
  std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(head_), n, values_.begin());
  head_ = 0;
  tail_ = n;
}

}  // namespace wayside::features
