#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/time.hpp"

namespace wayside::features {

/// The samples of one signal that no tick has taken yet, in time order, those of equal time in
/// arrival order. Allocates only when made.
class ReorderBuffer {
 public:
  explicit ReorderBuffer(std::size_t samples_max);

  /// Must not be full.
  void insert(Time time, double value);
  /// Forgets the `n` oldest.
  void drop(std::size_t n) { head_ += n; }

  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] bool full() const { return size() == samples_max_; }
  [[nodiscard]] std::size_t size() const { return tail_ - head_; }
  [[nodiscard]] std::span<const Time> times() const { return {times_.data() + head_, size()}; }
  [[nodiscard]] std::span<const double> values() const { return {values_.data() + head_, size()}; }
  /// How many are at or before `t`.
  [[nodiscard]] std::size_t count_until(Time t) const;

  /// Rooms for this many samples are held, so that closing the gap in front is rare.
  [[nodiscard]] static std::size_t rooms(std::size_t samples_max) {
    return samples_max + samples_max / 2 + 1;
  }
  [[nodiscard]] static std::size_t bytes(std::size_t samples_max) {
    return rooms(samples_max) * (sizeof(Time) + sizeof(double));
  }

 private:
  void close_gap();

  std::size_t samples_max_;
  std::vector<Time> times_;
  std::vector<double> values_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace wayside::features
