#pragma once

#include <cstddef>
#include <span>

#include "features/fft.hpp"

namespace wayside::features {

/// Frequencies from `low_hz` up to, not including, `high_hz`; the highest that a sampling rate
/// tells, half of it, is part of the band that ends there.
struct FrequencyBand {
  double low_hz = 0;
  double high_hz = 0;

  friend bool operator==(const FrequencyBand&, const FrequencyBand&) = default;
};

/// What frequencies equally spaced numbers are made of, by the discrete Fourier transform of all of
/// them at once, without a window function. Line k of n numbers stands at k · rate / n, with the
/// power |X[k]|² / n², twice that where k and n − k are two lines: by Parseval's theorem the lines
/// of bands that fill 0 … rate / 2 add up to the mean square.
class Spectrum {
 public:
  explicit Spectrum(std::size_t points_max);

  /// `values`: 1 … points_max, `rate_hz` of them a second.
  void transform(std::span<const double> values, double rate_hz);
  /// The sum of squares, over the numbers transformed last, of what of them is in the band.
  [[nodiscard]] double energy(const FrequencyBand& band) const;
  /// The same of the envelope of what is in the band, without the envelope's mean. The envelope is
  /// the magnitude of the analytic signal (Gabor, J. IEE 93, 1946): lines between 0 and half the
  /// rate twice, the others not at all, transformed back.
  [[nodiscard]] double envelope_energy(const FrequencyBand& band);

  /// Upper bound of the memory of one.
  [[nodiscard]] static std::size_t bytes(std::size_t points_max);

 private:
  struct Lines {
    std::size_t begin;
    std::size_t end;
  };
  [[nodiscard]] std::size_t first_from(double hz) const;
  [[nodiscard]] Lines lines(const FrequencyBand& band) const;

  Fft fft_;
  LazyArray<Complex> lines_;
  LazyArray<Complex> analytic_;
  std::size_t n_ = 0;
  double rate_hz_ = 0;
};

}  // namespace wayside::features
