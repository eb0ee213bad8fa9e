// The examples over real data: what `wayside features run` exports for their own agent.yaml is what
// plain loops over the raw files give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <complex>
#include <filesystem>
#include <map>
#include <numbers>
#include <sstream>

#include "fleet.hpp"
#include "support/data.hpp"
#include "table/csv_reader.hpp"

namespace wayside::test {
namespace {

constexpr std::int64_t start_ns = 1'767'225'600'000'000'000;  // 2026-01-01T00:00:00Z
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t hour_ns = 3'600 * second_ns;

struct Sample {
  std::int64_t time;  ///< ns since start_ns
  double value;
};
using Series = std::vector<Sample>;

/// Those with tick − width < time ≤ tick.
Series window(const Series& series, std::int64_t tick, std::int64_t width) {
  Series seen;
  for (const Sample& sample : series)
    if (tick - width < sample.time && sample.time <= tick) seen.push_back(sample);
  return seen;
}

/// The mean of (value − center)^power.
long double moment(const Series& x, int power, long double center = 0) {
  long double sum = 0;
  for (const Sample& sample : x) {
    long double term = 1;
    for (int i = 0; i < power; ++i) term *= sample.value - center;
    sum += term;
  }
  return sum / static_cast<long double>(x.size());
}

double mean(const Series& x) {
  return static_cast<double>(moment(x, 1));
}

double standard_deviation(const Series& x) {
  return static_cast<double>(std::sqrt(moment(x, 2, moment(x, 1))));
}

double kurtosis(const Series& x) {
  const long double center = moment(x, 1);
  const long double variance = moment(x, 2, center);
  return static_cast<double>(moment(x, 4, center) / (variance * variance));
}

double rms(const Series& x) {
  return static_cast<double>(std::sqrt(moment(x, 2)));
}

double peak(const Series& x) {
  double highest = 0;
  for (const Sample& sample : x) highest = std::max(highest, std::abs(sample.value));
  return highest;
}

std::pair<double, double> extremes(const Series& x) {
  double lowest = x.front().value;
  double highest = lowest;
  for (const Sample& sample : x) {
    lowest = std::min(lowest, sample.value);
    highest = std::max(highest, sample.value);
  }
  return {lowest, highest};
}

double slope(const Series& x) {
  long double times = 0;
  for (const Sample& sample : x) times += static_cast<long double>(sample.time);
  times /= static_cast<long double>(x.size());
  const long double center = moment(x, 1);
  long double both = 0;
  long double square = 0;
  for (const Sample& sample : x) {
    const long double t = (static_cast<long double>(sample.time) - times) / second_ns;
    both += t * (sample.value - center);
    square += t * t;
  }
  return static_cast<double>(both / square);
}

/// The smallest value with at least the part q of all at or below it.
double quantile(const Series& x, double q) {
  std::vector<double> values;
  for (const Sample& sample : x) values.push_back(sample.value);
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

double correlation(const Series& x, const Series& y) {
  Series a;
  Series b;
  for (const Sample& sample : x)
    for (const Sample& other : y)
      if (sample.time == other.time) {
        a.push_back(sample);
        b.push_back(other);
      }
  const long double a_mean = moment(a, 1);
  const long double b_mean = moment(b, 1);
  const long double spread = std::sqrt(moment(a, 2, a_mean)) * std::sqrt(moment(b, 2, b_mean));
  long double both = 0;
  for (std::size_t i = 0; i < a.size(); ++i) both += (a[i].value - a_mean) * (b[i].value - b_mean);
  return static_cast<double>(both / static_cast<long double>(a.size()) / spread);
}

using Complex = std::complex<double>;

/// e^(2πi · turns / n) for every whole number of turns below n.
std::vector<Complex> circle(std::size_t n) {
  std::vector<Complex> points;
  for (std::size_t i = 0; i < n; ++i)
    points.push_back(
        std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n)));
  return points;
}

/// The discrete Fourier transform, by its definition, of the lines from `low` to before `high`.
std::map<std::size_t, Complex> lines(const Series& x, std::size_t low, std::size_t high) {
  const std::vector<Complex> points = circle(x.size());
  std::map<std::size_t, Complex> found;
  for (std::size_t k = low; k < high; ++k) {
    Complex& line = found[k];
    for (std::size_t i = 0; i < x.size(); ++i)
      line += x[i].value * std::conj(points[i * k % x.size()]);
  }
  return found;
}

/// RMS within a band whose edges are in lines.
double band(const Series& x, std::size_t low, std::size_t high) {
  const auto n = static_cast<double>(x.size());
  const bool to_the_end = 2 * high == x.size();
  double power = 0;
  for (const auto& [k, line] : lines(x, low, to_the_end ? high + 1 : high))
    power += (k == 0 || 2 * k == x.size() ? 1 : 2) * std::norm(line) / (n * n);
  return std::sqrt(power);
}

/// RMS of the envelope less its mean, for a band that has neither line 0 nor the last.
double envelope(const Series& x, std::size_t low, std::size_t high) {
  const std::vector<Complex> points = circle(x.size());
  const auto found = lines(x, low, high);
  Series magnitudes;
  for (std::size_t i = 0; i < x.size(); ++i) {
    Complex analytic;
    for (const auto& [k, line] : found) analytic += 2.0 * line * points[i * k % x.size()];
    magnitudes.push_back({x[i].time, std::abs(analytic) / static_cast<double>(x.size())});
  }
  return standard_deviation(magnitudes);
}

/// The first `rows` lines of a packed file.
std::vector<std::string> unpacked(const std::string& path, int rows) {
  const Outcome text = run({"bash", "-c", fmt::format("zcat '{}' | head -n {}", path, rows)});
  std::istringstream in(text.output);
  std::vector<std::string> found;
  for (std::string line; std::getline(in, line);) found.push_back(line);
  return found;
}

std::vector<double> numbers(std::string line) {
  std::replace(line.begin(), line.end(), ',', ' ');
  std::istringstream in(line);
  std::vector<double> found;
  for (double value = 0; in >> value;) found.push_back(value);
  return found;
}

/// features.csv: asset, name and tick (ns since start_ns).
using Table = std::map<std::tuple<std::string, std::string, std::int64_t>, double>;

class FeatureExamples : public testing::Test {
 protected:
  /// What the example's README tells to do, on a slice of the data.
  void compute(const std::string& example, std::vector<std::string> prepare, Table& table) {
    const std::string root = std::string(WAYSIDE_SOURCE_DIR) + "/examples/" + example;
    const std::string samples = folder_.file("samples.csv");
    const std::string features = folder_.file("features.csv");
    prepare.insert(prepare.begin(), {"python3", root + "/prepare.py", "--output", samples});
    const Outcome prepared = test::run(prepare);
    ASSERT_EQ(prepared.status, 0) << prepared.output;
    const std::string config = root + "/agent.yaml";
    const Outcome checked = test::run({program("wayside"), "check", config});
    ASSERT_EQ(checked.status, 0) << checked.output;
    const Outcome ran = test::run(
        {program("wayside"), "features", "run", config, "--input", samples, "--output", features});
    ASSERT_EQ(ran.status, 0) << ran.output;
    auto reader = table::CsvReader::open(features).value();
    EXPECT_THAT(*reader.next().value(), testing::ElementsAre("asset", "name", "time", "value"));
    while (const auto* row = reader.next().value())
      table[{std::string((*row)[0]), std::string((*row)[1]),
             std::stoll(std::string((*row)[2])) - start_ns}] = std::stod(std::string((*row)[3]));
  }

  /// Takes the row out of the table, so that what nobody expected is left.
  static void expect(Table& table, const std::string& asset, const std::string& name,
                     std::int64_t tick, double expected, double relative = 1e-9) {
    const auto row = table.find({asset, name, tick});
    const std::string where =
        fmt::format("{} of {} at {} s", name, asset, static_cast<double>(tick) / second_ns);
    ASSERT_NE(row, table.end()) << where;
    if (std::isnan(expected))
      EXPECT_TRUE(std::isnan(row->second)) << where << ": " << row->second;
    else
      EXPECT_NEAR(row->second, expected, relative * std::abs(expected) + 1e-12) << where;
    table.erase(row);
  }

 private:
  TemporaryFolder folder_;
};

constexpr double quantile_error = 0.01;
constexpr int cycles = 3;

std::map<std::string, Series> hydraulic_series() {
  std::map<std::string, Series> rig;
  for (const char* sensor : {"TS1", "TS2", "TS3", "TS4", "VS1", "CE", "CP", "SE", "FS1", "FS2"}) {
    std::int64_t cycle = 0;
    for (const std::string& line :
         unpacked(data_file(fmt::format("hydraulic/{}.txt.gz", sensor)), cycles)) {
      const std::vector<double> values = numbers(line);
      const std::int64_t step = 60 * second_ns / static_cast<std::int64_t>(values.size());
      for (std::size_t i = 0; i < values.size(); ++i)
        rig[sensor].push_back(
            {cycle * 60 * second_ns + static_cast<std::int64_t>(i + 1) * step, values[i]});
      ++cycle;
    }
  }
  return rig;
}

TEST_F(FeatureExamples, HydraulicRig) {
  const std::string first = data_file("hydraulic/TS1.txt.gz");
  if (first.empty()) GTEST_SKIP() << "the hydraulic data set is not on this machine (WAYSIDE_DATA)";
  Table table;
  ASSERT_NO_FATAL_FAILURE(compute("hydraulic",
                                  {"--data", std::filesystem::path(first).parent_path().string(),
                                   "--cycles", std::to_string(cycles)},
                                  table));
  const auto rig = hydraulic_series();
  ASSERT_EQ(rig.at("TS1").size(), 60u * cycles);
  ASSERT_EQ(rig.at("FS1").size(), 600u * cycles);
  for (std::int64_t tick = 10 * second_ns; tick <= 60 * cycles * second_ns;
       tick += 10 * second_ns) {
    const auto long_of = [&](const char* s) { return window(rig.at(s), tick, 60 * second_ns); };
    const auto short_of = [&](const char* s) { return window(rig.at(s), tick, 10 * second_ns); };
    const auto is = [&](const char* name, double expected, double relative = 1e-9) {
      expect(table, "rig-1", name, tick, expected, relative);
    };
    is("ts1_mean", mean(long_of("TS1")));
    is("ts1_slope", slope(long_of("TS1")));
    is("ts4_mean", mean(long_of("TS4")));
    is("cooler_drop", mean(long_of("TS1")) - mean(long_of("TS4")));
    is("ts_inner", mean(long_of("TS2")) - mean(long_of("TS3")));
    is("vs1_std", standard_deviation(long_of("VS1")));
    is("vs1_now", mean(short_of("VS1")));
    is("ce_mean", mean(long_of("CE")));
    is("ce_delta", long_of("CE").back().value - long_of("CE").front().value);
    is("cp_mean", mean(long_of("CP")));
    is("cp_by_ce", mean(long_of("CP")) / mean(long_of("CE")));
    is("se_max", extremes(long_of("SE")).second);
    is("se_q50", quantile(long_of("SE"), 0.5), quantile_error);
    is("fs1_mean", mean(short_of("FS1")));
    is("fs1_std", standard_deviation(short_of("FS1")));
    is("fs1_slope", slope(short_of("FS1")));
    is("fs1_q50", quantile(long_of("FS1"), 0.5), quantile_error);
    is("fs1_q95", quantile(long_of("FS1"), 0.95), quantile_error);
    is("fs1_kurtosis", kurtosis(long_of("FS1")));
    is("fs2_mean", mean(long_of("FS2")));
    const auto [lowest, highest] = extremes(short_of("FS2"));
    is("fs2_range", highest - lowest);
    is("flow_corr", correlation(long_of("FS1"), long_of("FS2")));
    is("hot_corr", correlation(long_of("TS1"), long_of("CP")));
  }
  EXPECT_TRUE(table.empty()) << table.size() << " rows more than expected";
}

constexpr std::int64_t gearbox_rate = 4'300;
constexpr int gearbox_seconds = 2;

/// One accelerometer of a file.
Series gearbox_series(const std::vector<std::string>& file, std::size_t column) {
  Series series;
  for (std::size_t i = 1; i < file.size(); ++i)
    series.push_back({(static_cast<std::int64_t>(i) * second_ns + gearbox_rate / 2) / gearbox_rate,
                      numbers(file[i]).at(column)});
  return series;
}

TEST_F(FeatureExamples, Gearbox) {
  const std::string one = data_file("gearbox/h30hz10.csv.gz");
  if (one.empty()) GTEST_SKIP() << "the gearbox data set is not on this machine (WAYSIDE_DATA)";
  Table table;
  ASSERT_NO_FATAL_FAILURE(compute("gearbox",
                                  {"--data", std::filesystem::path(one).parent_path().string(),
                                   "--seconds", std::to_string(gearbox_seconds)},
                                  table));
  const std::int64_t last = gearbox_seconds * second_ns;
  for (const char* state : {"healthy", "broken"})
    for (const int load : {10, 50, 90}) {
      const std::string path = data_file(fmt::format("gearbox/{}30hz{}.csv.gz", state[0], load));
      ASSERT_NE(path, "");
      const auto file = unpacked(path, 1 + gearbox_seconds * gearbox_rate);
      const std::string asset = fmt::format("{}-{}", state, load);
      for (std::size_t column = 0; column < 4; ++column) {
        const Series series = gearbox_series(file, column);
        const std::string a = fmt::format("a{}_", column + 1);
        for (std::int64_t tick = second_ns; tick <= last; tick += second_ns) {
          const Series seen = window(series, tick, second_ns);
          // As many samples as the rate: a line of the transform is 1 Hz.
          ASSERT_EQ(seen.size(), static_cast<std::size_t>(gearbox_rate));
          expect(table, asset, a + "rms", tick, rms(seen));
          expect(table, asset, a + "crest", tick, peak(seen) / rms(seen));
          expect(table, asset, a + "kurtosis", tick, kurtosis(seen));
          expect(table, asset, a + "peak", tick, peak(seen));
          if (tick != last) {  // the plain transform is slow: one tick of each file is enough
            for (const char* name : {"mesh", "mesh3", "high", "envelope"})
              EXPECT_EQ(table.erase({asset, a + name, tick}), 1u) << name;
            continue;
          }
          expect(table, asset, a + "mesh", tick, band(seen, 250, 390));
          expect(table, asset, a + "mesh3", tick, band(seen, 890, 1030));
          expect(table, asset, a + "high", tick, band(seen, 1350, 2150));
          expect(table, asset, a + "envelope", tick, envelope(seen, 890, 1030));
        }
      }
    }
  EXPECT_TRUE(table.empty()) << table.size() << " rows more than expected";
}

TEST_F(FeatureExamples, Turbofan) {
  const std::string gz = data_file("cmapss/train_FD001.txt.gz");
  if (gz.empty()) GTEST_SKIP() << "the C-MAPSS data set is not on this machine (WAYSIDE_DATA)";
  constexpr int engines = 3;
  Table table;
  ASSERT_NO_FATAL_FAILURE(
      compute("turbofan", {"--data", gz, "--engines", std::to_string(engines)}, table));
  constexpr double kelvin = 5.0 / 9;
  constexpr double kilopascal = 6.894757293168361;
  constexpr double kilogram = 0.45359237;
  // Each by the column (from 1) and the unit of the data set's description.
  const std::map<std::string, std::pair<std::size_t, double>> means = {
      {"t24_mean", {7, kelvin}},      {"t30_mean", {8, kelvin}},    {"t50_mean", {9, kelvin}},
      {"p30_mean", {12, kilopascal}}, {"nc_mean", {14, 1}},         {"ps30_mean", {16, kilopascal}},
      {"phi_mean", {17, 1}},          {"nrc_mean", {19, 1}},        {"bpr_mean", {20, 1}},
      {"ht_bleed_mean", {22, 1}},     {"w31_mean", {25, kilogram}}, {"w32_mean", {26, kilogram}}};
  std::map<int, std::vector<std::vector<double>>> rows;
  for (const std::string& line : unpacked(gz, 1'000)) {
    const std::vector<double> row = numbers(line);
    if (row.at(0) <= engines) rows[static_cast<int>(row[0])].push_back(row);
  }
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(engines));
  for (const auto& [engine, cycles_flown] : rows)
    for (const auto& [name, source] : means) {
      Series series;
      for (const std::vector<double>& row : cycles_flown)
        // The first cycle stands on a tick, which is due with its first sensor: the others are
        // late.
        if (row[1] > 1)
          series.push_back({static_cast<std::int64_t>(row[1]) * hour_ns,
                            row.at(source.first - 1) * source.second});
      for (std::size_t cycle = 1; cycle <= cycles_flown.size(); ++cycle) {
        const auto tick = static_cast<std::int64_t>(cycle) * hour_ns;
        const Series seen = window(series, tick, 10 * hour_ns);
        expect(table, fmt::format("engine-{}", engine), name, tick,
               seen.empty() ? std::nan("") : mean(seen));
      }
    }
  EXPECT_TRUE(table.empty()) << table.size() << " rows more than expected";
}

}  // namespace
}  // namespace wayside::test
