#include "features/reorder_buffer.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"

namespace wayside::features {

ReorderBuffer::ReorderBuffer(std::size_t samples_max)
    : times_(std::make_unique<Time[]>(rooms(samples_max))),
      values_(std::make_unique<double[]>(rooms(samples_max))),
      samples_max_(static_cast<std::uint32_t>(samples_max)),
      rooms_(static_cast<std::uint32_t>(rooms(samples_max))),
      versions_(std::make_unique<std::uint32_t[]>(rooms(samples_max))),
      order_(std::make_unique<std::uint32_t[]>(rooms(samples_max))) {
  WAYSIDE_ASSERT(samples_max <= capacity_max, "the compiler checks the budget first");
}

void ReorderBuffer::insert(Time time, double value, std::uint32_t version) {
  WAYSIDE_ASSERT(!full(), "the owner makes room first");
  make_room(1);
  if (!uniform_ || version != version_) take_version(version);
  if (tail_ > head_ && (settled_ != tail_ || time < times_[tail_ - 1])) {
    insert_between(time, value, version);
    return;
  }
  times_[tail_] = time;
  values_[tail_] = value;
  if (!uniform_) versions_[tail_] = version;
  settled_ = ++tail_;
}

void ReorderBuffer::insert_between(Time time, double value, std::uint32_t version) {
  std::uint32_t at = tail_;
  if (settled_ == tail_) {
    at = static_cast<std::uint32_t>(std::upper_bound(&times_[head_], times_.get() + tail_, time) -
                                    times_.get());
    if (tail_ - at > pushed_aside_max) {
      at = tail_;
      oldest_unsettled_ = time;
    } else {
      const auto shift = [&](auto* all) {
        std::move_backward(all + at, all + tail_, all + tail_ + 1);
      };
      shift(times_.get());
      shift(values_.get());
      if (!uniform_) shift(versions_.get());
      ++settled_;
    }
  }
  oldest_unsettled_ = std::min(oldest_unsettled_, time);
  times_[at] = time;
  values_[at] = value;
  if (!uniform_) versions_[at] = version;
  ++tail_;
}

/// The samples from the first one that an unsettled one is older than, by time and then by where
/// they stand, which is the order in which they came.
void ReorderBuffer::sort() {
  const auto begin = static_cast<std::uint32_t>(
      std::upper_bound(&times_[head_], times_.get() + settled_, oldest_unsettled_) - times_.get());
  std::uint32_t* const order = order_.get();
  std::iota(order + begin, order + tail_, begin);
  std::sort(order + begin, order + tail_, [&](std::uint32_t a, std::uint32_t b) {
    return times_[a] != times_[b] ? times_[a] < times_[b] : a < b;
  });
  // Along each cycle: what belongs at i is at order[i].
  for (std::uint32_t start = begin; start < tail_; ++start) {
    if (order[start] == start) continue;
    const Time time = times_[start];
    const double value = values_[start];
    const std::uint32_t version = versions_[start];
    std::uint32_t at = start;
    while (order[at] != start) {
      const std::uint32_t from = order[at];
      times_[at] = times_[from];
      values_[at] = values_[from];
      versions_[at] = versions_[from];
      order[at] = at;
      at = from;
    }
    times_[at] = time;
    values_[at] = value;
    versions_[at] = version;
    order[at] = at;
  }
  settled_ = tail_;
}

void ReorderBuffer::append(std::span<const Time> times, std::span<const double> values,
                           std::uint32_t version) {
  WAYSIDE_ASSERT(times.size() <= room(), "the owner makes room first");
  make_room(times.size());
  if (settled_ == tail_) settled_ += static_cast<std::uint32_t>(times.size());
  if (!uniform_ || version != version_) take_version(version);
  std::copy(times.begin(), times.end(), times_.get() + tail_);
  std::copy(values.begin(), values.end(), values_.get() + tail_);
  if (!uniform_) std::fill_n(versions_.get() + tail_, times.size(), version);
  tail_ += static_cast<std::uint32_t>(times.size());
}

/// Before a sample of `version` is put in: keeps versions one by one from here on, or no more.
void ReorderBuffer::take_version(std::uint32_t version) {
  if (empty()) {
    uniform_ = true;
    version_ = version;
  } else if (uniform_) {
    uniform_ = false;
    std::fill(versions_.get() + head_, versions_.get() + tail_, version_);
  }
}

void ReorderBuffer::drop(std::size_t n) {
  head_ += static_cast<std::uint32_t>(n);
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
  const std::uint32_t* all = versions_.get() + head_;
  return static_cast<std::size_t>(
      std::find_if(all + begin, all + end, [&](std::uint32_t v) { return v != all[begin]; }) - all);
}

/// At the end of the arrays, for `n` samples.
void ReorderBuffer::make_room(std::size_t n) {
  if (head_ == tail_) head_ = tail_ = settled_ = 0;
  if (tail_ + n <= rooms_) return;
  const auto close_gap = [&](auto* all) { std::copy(all + head_, all + tail_, all); };
  close_gap(times_.get());
  close_gap(values_.get());
  if (!uniform_) close_gap(versions_.get());
  tail_ -= head_;
  settled_ -= head_;
  head_ = 0;
}

}  // namespace wayside::features
