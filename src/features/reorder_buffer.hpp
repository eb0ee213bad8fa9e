#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/time.hpp"

namespace wayside::features {

/// The samples of one signal that no tick has taken yet, in time order, those of equal time in
/// arrival order, each with the version of the signal. Allocates only when made.
class ReorderBuffer {
 public:
  /// At most capacity_max samples.
  explicit ReorderBuffer(std::size_t samples_max);
  static constexpr std::size_t capacity_max = std::size_t{1} << 30;

  /// Must not be full.
  void insert(Time time, double value, std::uint32_t version);
  /// Samples in time order, none older than what is held, for which there must be room.
  void append(std::span<const Time> times, std::span<const double> values, std::uint32_t version);
  /// Puts everything in order: to be called before samples are looked at.
  void settle() {
    if (settled_ != tail_) sort();
  }
  /// Forgets the `n` oldest, which must be in order.
  void drop(std::size_t n);

  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] bool full() const { return size() == samples_max_; }
  [[nodiscard]] std::size_t size() const { return tail_ - head_; }
  [[nodiscard]] std::size_t room() const { return samples_max_ - size(); }
  [[nodiscard]] std::span<const Time> times() const { return {&times_[head_], size()}; }
  [[nodiscard]] std::span<const double> values() const { return {&values_[head_], size()}; }
  /// The oldest one's time, also before `settle`. Must not be empty.
  [[nodiscard]] Time oldest() const {
    return settled_ == tail_ ? times_[head_] : std::min(times_[head_], oldest_unsettled_);
  }
  /// How many are at or before `t`.
  [[nodiscard]] std::size_t count_until(Time t) const;
  [[nodiscard]] std::uint32_t version(std::size_t i) const {
    return uniform_ ? version_ : versions_[head_ + i];
  }
  /// Up to where, `end` at most, the samples from `begin` on are of one version.
  [[nodiscard]] std::size_t same_version(std::size_t begin, std::size_t end) const;

  /// Rooms for this many samples are held, so that closing the gap in front is rare.
  [[nodiscard]] static std::size_t rooms(std::size_t samples_max) {
    return samples_max + samples_max / 2 + 1;
  }
  [[nodiscard]] static std::size_t bytes(std::size_t samples_max) {
    return rooms(samples_max) * (sizeof(Time) + sizeof(double) + 2 * sizeof(std::uint32_t));
  }

 private:
  void insert_between(Time time, double value, std::uint32_t version);
  void sort();
  void make_room(std::size_t n);
  void take_version(std::uint32_t version);

  /// A sample that would push more than this many others aside waits unsettled, it and those after
  /// it, so that samples in the worst of orders cost no more than sorting them.
  static constexpr std::uint32_t pushed_aside_max = 64;

  // A sample in order needs no more than the first of these.
  std::unique_ptr<Time[]> times_;
  std::unique_ptr<double[]> values_;
  std::uint32_t samples_max_;
  std::uint32_t rooms_;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::uint32_t settled_ = 0;  ///< up to here samples are in order
  /// Samples are mostly of one version: `version_`. Only where they are not, `versions_` is kept.
  std::uint32_t version_ = 0;
  bool uniform_ = true;
  std::unique_ptr<std::uint32_t[]> versions_;
  Time oldest_unsettled_;
  std::unique_ptr<std::uint32_t[]> order_;  ///< for sorting
};

}  // namespace wayside::features
