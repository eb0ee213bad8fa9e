#pragma once

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
  /// Forgets the `n` oldest.
  void drop(std::size_t n);

  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] bool full() const { return size() == samples_max_; }
  [[nodiscard]] std::size_t size() const { return tail_ - head_; }
  [[nodiscard]] std::size_t room() const { return samples_max_ - size(); }
  [[nodiscard]] std::span<const Time> times() const { return {&times_[head_], size()}; }
  [[nodiscard]] std::span<const double> values() const { return {&values_[head_], size()}; }
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
    return rooms(samples_max) * (sizeof(Time) + sizeof(double) + sizeof(std::uint32_t));
  }

 private:
  void make_room(std::size_t n);
  void take_version(std::uint32_t version);

  // Together less than a cache line: every sample passes here.
  std::unique_ptr<Time[]> times_;
  std::unique_ptr<double[]> values_;
  /// Samples are mostly of one version: `version_`. Only where they are not, `versions_` is kept.
  std::unique_ptr<std::uint32_t[]> versions_;
  std::uint32_t samples_max_;
  std::uint32_t rooms_;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::uint32_t version_ = 0;
  bool uniform_ = true;
};

}  // namespace wayside::features
