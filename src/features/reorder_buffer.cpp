#include "features/reorder_buffer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::features {

ReorderBuffer::ReorderBuffer(std::size_t samples_max)
    : samples_max_(samples_max),
      times_(rooms(samples_max)),
      values_(rooms(samples_max)),
      versions_(rooms(samples_max)) {}

void ReorderBuffer::insert(Time time, double value, std::uint32_t version) {
  WAYSIDE_ASSERT(!full(), "the owner makes room first");
  make_room(1);
  if (!uniform_ || version != version_) take_version(version);
  std::size_t at = tail_;
  if (at > head_ && time < times_[at - 1]) {
    const auto begin = times_.data() + head_;
    at = static_cast<std::size_t>(std::upper_bound(begin, times_.data() + tail_, time) -
                                  times_.data());
    const auto shift = [&](auto* all) {
      std::move_backward(all + at, all + tail_, all + tail_ + 1);
    };
    shift(times_.data());
    shift(values_.data());
    if (!uniform_) shift(versions_.data());
  }
  times_[at] = time;
  values_[at] = value;
  if (!uniform_) versions_[at] = version;
  ++tail_;
}

void ReorderBuffer::append(std::span<const Time> times, std::span<const double> values,
                           std::uint32_t version) {
  WAYSIDE_ASSERT(times.size() <= room(), "the owner makes room first");
  make_room(times.size());
  if (!uniform_ || version != version_) take_version(version);
  std::copy(times.begin(), times.end(), times_.begin() + static_cast<std::ptrdiff_t>(tail_));
  std::copy(values.begin(), values.end(), values_.begin() + static_cast<std::ptrdiff_t>(tail_));
  if (!uniform_)
    std::fill_n(versions_.begin() + static_cast<std::ptrdiff_t>(tail_), times.size(), version);
  tail_ += times.size();
}

/// Before a sample of `version` is put in: keeps versions one by one from here on, or no more.
void ReorderBuffer::take_version(std::uint32_t version) {
  if (empty()) {
    uniform_ = true;
    version_ = version;
  } else if (uniform_) {
    uniform_ = false;
    std::fill(versions_.begin() + static_cast<std::ptrdiff_t>(head_),
              versions_.begin() + static_cast<std::ptrdiff_t>(tail_), version_);
  }
}

void ReorderBuffer::drop(std::size_t n) {
  head_ += n;
  if (uniform_ || empty() || same_version(0, size()) < size()) return;
  version_ = version(0);
  uniform_ = true;
}

std::size_t ReorderBuffer::count_until(Time t) const {
  const auto all = times();
  if (all.empty() || all.back() <= t) return all.size();
  return static_cast<std::size_t>(std::upper_bound(all.begin(), all.end(), t) - all.begin());
}

std::size_t ReorderBuffer::same_version(std::size_t begin, std::size_t end) const {
  if (uniform_) return end;
  const std::uint32_t* all = versions_.data() + head_;
  return static_cast<std::size_t>(
      std::find_if(all + begin, all + end, [&](std::uint32_t v) { return v != all[begin]; }) - all);
}

/// At the end of the arrays, for `n` samples.
void ReorderBuffer::make_room(std::size_t n) {
  if (head_ == tail_) head_ = tail_ = 0;
  if (tail_ + n <= times_.size()) return;
  const std::size_t held = size();
  const auto close_gap = [&](auto* all) { std::copy(all + head_, all + tail_, all); };
  close_gap(times_.data());
  close_gap(values_.data());
  if (!uniform_) close_gap(versions_.data());
  head_ = 0;
  tail_ = held;
}

}  // namespace wayside::features
