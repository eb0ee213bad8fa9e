#pragma once

#include <cstddef>
#include <cstring>

namespace wayside::features {

/// Four doubles side by side, as two vectors of the width that every 64-bit machine has. Each
/// operation rounds each lane as it would alone, so that no machine's result differs.
class Lanes {
 public:
  static constexpr std::size_t count = 4;

  Lanes() : low_{0, 0}, high_{0, 0} {}
  explicit Lanes(double x) : low_{x, x}, high_{x, x} {}
  static Lanes load(const double* at) {
    Lanes lanes;
    std::memcpy(&lanes.low_, at, sizeof lanes.low_);
    std::memcpy(&lanes.high_, at + 2, sizeof lanes.high_);
    return lanes;
  }

  [[nodiscard]] double operator[](std::size_t i) const { return i < 2 ? low_[i] : high_[i - 2]; }
  void set(std::size_t i, double x) {
    if (i < 2)
      low_[i] = x;
    else
      high_[i - 2] = x;
  }

  friend Lanes operator+(const Lanes& a, const Lanes& b) {
    return {a.low_ + b.low_, a.high_ + b.high_};
  }
  friend Lanes operator-(const Lanes& a, const Lanes& b) {
    return {a.low_ - b.low_, a.high_ - b.high_};
  }
  friend Lanes operator*(const Lanes& a, const Lanes& b) {
    return {a.low_ * b.low_, a.high_ * b.high_};
  }
  Lanes& operator+=(const Lanes& other) { return *this = *this + other; }
  /// In each lane `x` where it is less than `best`; else, also where either is NaN, `best`.
  friend Lanes smaller(const Lanes& x, const Lanes& best) {
    return {x.low_ < best.low_ ? x.low_ : best.low_, x.high_ < best.high_ ? x.high_ : best.high_};
  }
  friend Lanes larger(const Lanes& x, const Lanes& best) {
    return {x.low_ > best.low_ ? x.low_ : best.low_, x.high_ > best.high_ ? x.high_ : best.high_};
  }
  friend Lanes magnitude(const Lanes& x) { return larger(x, Lanes() - x); }

 private:
  using Two [[gnu::vector_size(16)]] = double;
  Lanes(Two low, Two high) : low_(low), high_(high) {}

  Two low_, high_;
};

/// (0 + 1) + (2 + 3).
[[nodiscard]] inline double total(const Lanes& lanes) {
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

}  // namespace wayside::features
