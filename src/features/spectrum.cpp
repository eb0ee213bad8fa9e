#include "features/spectrum.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::features {
namespace {

double square(Complex a) {
  return a.re * a.re + a.im * a.im;
}

}  // namespace

Spectrum::Spectrum(std::size_t points_max)
    : fft_(points_max), lines_(points_max), analytic_(points_max) {}

std::size_t Spectrum::bytes(std::size_t points_max) {
  return sizeof(Spectrum) - sizeof(Fft) + Fft::bytes(points_max) + 2 * points_max * sizeof(Complex);
}

void Spectrum::transform(std::span<const double> values, double rate_hz) {
  n_ = values.size();
  rate_hz_ = rate_hz;
  for (std::size_t i = 0; i < n_; ++i) lines_[i] = {values[i], 0};
  fft_.forward(lines_.first(n_));
}

/// The first line at or above a frequency.
std::size_t Spectrum::first_from(double hz) const {
  const auto n = static_cast<double>(n_);
  double k = std::floor(hz * n / rate_hz_);
  // The quotient is rounded; the products decide.
  while (k > 0 && (k - 1) * rate_hz_ >= hz * n) --k;
  while (k * rate_hz_ < hz * n) ++k;
  return static_cast<std::size_t>(std::min(k, n));
}

Spectrum::Lines Spectrum::lines(const FrequencyBand& band) const {
  const std::size_t all = n_ / 2 + 1;
  const std::size_t end = 2 * band.high_hz >= rate_hz_ ? all : first_from(band.high_hz);
  return {std::min(first_from(band.low_hz), all), std::min(end, all)};
}

double Spectrum::energy(const FrequencyBand& band) const {
  const auto [begin, end] = lines(band);
  double once = 0;
  double twice = 0;
  for (std::size_t k = begin; k < end; ++k)
    (k == 0 || 2 * k == n_ ? once : twice) += square(lines_[k]);
  return (once + 2 * twice) / static_cast<double>(n_);
}

double Spectrum::envelope_energy(const FrequencyBand& band) {
  const auto [begin, end] = lines(band);
  const std::span<Complex> analytic = analytic_.first(n_);
  std::fill(analytic.begin(), analytic.end(), Complex{0, 0});
  const double scale = 2 / static_cast<double>(n_);
  for (std::size_t k = std::max<std::size_t>(begin, 1); k < end && 2 * k < n_; ++k)
    analytic[k] = {lines_[k].re * scale, lines_[k].im * scale};
  fft_.inverse(analytic);
  double sum = 0;
  for (Complex& z : analytic) sum += z.re = std::sqrt(square(z));
  const double mean = sum / static_cast<double>(n_);
  double energy = 0;
  for (const Complex& z : analytic) energy += (z.re - mean) * (z.re - mean);
  return energy;
}

}  // namespace wayside::features
