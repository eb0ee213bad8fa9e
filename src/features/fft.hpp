#pragma once

#include <cstddef>
#include <span>

#include "features/lazy_array.hpp"

namespace wayside::features {

struct Complex {
  double re;
  double im;
};

/// The discrete Fourier transform of any length up to a largest one, in O(n log n) steps for every
/// length, with the same bits on every machine. Allocates only when made. Keeps the tables of the
/// length used last.
///
/// Lengths without a prime factor above `prime_max` go through the autosorting mixed-radix
/// algorithm of Stockham (Cochran et al., Proc. IEEE 55, 1967); others through a convolution of
/// such a length (Bluestein, IEEE Trans. Audio Electroacoust. 18, 1970).
class Fft {
 public:
  static constexpr std::size_t prime_max = 13;
  /// Longest transform.
  static constexpr std::size_t points_limit = std::size_t{1} << 24;

  explicit Fft(std::size_t points_max);

  /// x[k] becomes Σ x[i] e^(−2πi·ik/n), n the size of `x`, at most `points_max`.
  void forward(std::span<Complex> x);
  /// x[k] becomes Σ x[i] e^(+2πi·ik/n): n times the inverse of `forward`.
  void inverse(std::span<Complex> x);

  /// Upper bound of the memory of one; what lengths with large prime factors need of it is taken
  /// when the first such length comes.
  [[nodiscard]] static std::size_t bytes(std::size_t points_max);

 private:
  void prepare(std::size_t n);
  void prepare_convolution(std::size_t n);
  void smooth(std::span<Complex> x);
  void convolve(std::span<Complex> x);
  void fill_roots(std::size_t n);

  std::size_t points_max_;
  std::size_t prepared_ = 0;   ///< the length whose tables are held
  std::size_t convolved_ = 0;  ///< the length of the convolution where one is needed, else 0
  std::size_t roots_n_ = 0;    ///< `roots_` are the powers of e^(−2πi / this)
  LazyArray<Complex> roots_;
  LazyArray<Complex> scratch_;
  LazyArray<Complex> chirp_;           ///< e^(−πi k² / n)
  LazyArray<Complex> chirp_spectrum_;  ///< of the conjugate chirp, wrapped around
  LazyArray<Complex> padded_;
};

}  // namespace wayside::features
