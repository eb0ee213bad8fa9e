#include "features/spectrum.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <complex>
#include <vector>

#include "base/rng.hpp"

namespace wayside::features {
namespace {

const double pi = std::acos(-1.0);

template <class F>
std::vector<double> sampled(std::size_t n, double rate_hz, F f) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = f(static_cast<double>(i) / rate_hz);
  return x;
}

double band_rms(const std::vector<double>& x, double rate_hz, FrequencyBand band) {
  Spectrum spectrum(x.size());
  spectrum.transform(x, rate_hz);
  return std::sqrt(spectrum.energy(band) / static_cast<double>(x.size()));
}

double envelope_rms(const std::vector<double>& x, double rate_hz, FrequencyBand band) {
  Spectrum spectrum(x.size());
  spectrum.transform(x, rate_hz);
  return std::sqrt(spectrum.envelope_energy(band) / static_cast<double>(x.size()));
}

TEST(Spectrum, ASineIsWhollyInItsBand) {
  for (const std::size_t n : {2048, 2000, 1999}) {
    const double rate = static_cast<double>(n);  // a second, so that 100 Hz are whole turns
    const auto x = sampled(n, rate, [](double t) { return 3 + 4 * std::sin(2 * pi * 100 * t); });
    EXPECT_NEAR(band_rms(x, rate, {100, 101}), 4 / std::sqrt(2.0), 1e-12) << n;
    EXPECT_NEAR(band_rms(x, rate, {99, 100}), 0, 1e-11) << n;
    EXPECT_NEAR(band_rms(x, rate, {0, 1}), 3, 1e-12) << n;
    EXPECT_NEAR(band_rms(x, rate, {0, rate / 2}), std::sqrt(9 + 8.0), 1e-12) << n;
  }
}

TEST(Spectrum, BandsThatFillTheRangeAddUpToTheMeanSquare) {
  Rng rng(3);
  for (const std::size_t n : {1, 2, 3, 100, 1021, 1024}) {
    std::vector<double> x(n);
    double sum = 0;
    for (double& value : x) {
      value = rng.normal(1, 2);
      sum += value * value;
    }
    Spectrum spectrum(1024);
    spectrum.transform(x, 2000);
    const double bands[] = {0, 3.7, 100, 250, 777.7, 1000};
    double total = 0;
    for (int i = 0; i < 5; ++i) total += spectrum.energy({bands[i], bands[i + 1]});
    EXPECT_NEAR(total, sum, 1e-12 * sum) << n;
  }
}

TEST(Spectrum, TheEnvelopeOfAModulatedCarrierIsItsModulation) {
  const auto x = sampled(2000, 2000, [](double t) {
    return 5 * (1 + 0.4 * std::cos(2 * pi * 10 * t)) * std::sin(2 * pi * 400 * t) +
           7 * std::sin(2 * pi * 50 * t);
  });
  EXPECT_NEAR(envelope_rms(x, 2000, {300, 500}), 5 * 0.4 / std::sqrt(2.0), 1e-12);
  // A tone alone has a constant envelope.
  EXPECT_NEAR(envelope_rms(x, 2000, {40, 60}), 0, 1e-12);
}

/// By their definitions, in long double.
struct Plain {
  long double energy = 0;
  long double envelope = 0;
};
Plain plain(const std::vector<double>& x, double rate_hz, FrequencyBand band) {
  using Number = std::complex<long double>;
  const std::size_t n = x.size();
  const long double step = 2 * std::acos(-1.0L) / static_cast<long double>(n);
  const auto size = static_cast<long double>(n);
  Plain out;
  std::vector<Number> analytic(n);
  for (std::size_t k = 0; 2 * k <= n; ++k) {
    const double hz = static_cast<double>(k) * rate_hz / static_cast<double>(n);
    const bool nyquist = 2 * k == n && 2 * band.high_hz == rate_hz;
    if (hz < band.low_hz || (hz >= band.high_hz && !nyquist)) continue;
    Number line;
    for (std::size_t i = 0; i < n; ++i)
      line += std::polar<long double>(1, -step * static_cast<long double>(i * k % n)) *
              static_cast<long double>(x[i]);
    const bool single = k == 0 || 2 * k == n;
    out.energy += std::norm(line) / size * (single ? 1 : 2);
    if (single) continue;
    for (std::size_t i = 0; i < n; ++i)
      analytic[i] += 2.0L / size * line *
                     std::polar<long double>(1, step * static_cast<long double>(i * k % n));
  }
  long double mean = 0;
  for (const Number& z : analytic) mean += std::abs(z) / size;
  for (const Number& z : analytic) out.envelope += std::pow(std::abs(z) - mean, 2);
  return out;
}

TEST(Spectrum, AgreesWithTheDefinition) {
  Rng rng(4);
  for (const std::size_t n : {3, 16, 45, 97, 150}) {
    std::vector<double> x(n);
    for (double& value : x) value = rng.normal(0, 10);
    Spectrum spectrum(n);
    spectrum.transform(x, 1000);
    for (int i = 0; i < 6; ++i) {
      const double low = std::floor(rng.uniform(0, 400));
      const FrequencyBand band{low, i == 0 ? 500 : low + std::floor(rng.uniform(1, 100))};
      const Plain expected = plain(x, 1000, band);
      EXPECT_NEAR(spectrum.energy(band), static_cast<double>(expected.energy),
                  1e-12 * static_cast<double>(expected.energy) + 1e-20);
      EXPECT_NEAR(spectrum.envelope_energy(band), static_cast<double>(expected.envelope),
                  1e-12 * static_cast<double>(expected.energy) + 1e-20);
    }
  }
}

}  // namespace
}  // namespace wayside::features
