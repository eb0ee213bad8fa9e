#include "features/aggregate.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <cstring>

#include "base/rng.hpp"
#include "features/functions.hpp"
#include "features/pane.hpp"
#include "features/reference.hpp"

namespace wayside::features {
namespace {

using Node = std::array<double, Layout::stride_max>;
/// Of one signal.
constexpr Components everything = ((1u << component::count) - 1) & ~component::pair;

Layout layout_of(Components components) {
  Layout layout = Layout::of(components);
  layout.half_life = milliseconds(300);
  return layout;
}

struct Samples {
  std::vector<Time> times;
  std::vector<double> values;
};

Samples any_samples(Rng& rng, std::size_t n, double offset, double spread) {
  Samples samples;
  Time now;
  for (std::size_t i = 0; i < n; ++i) {
    now = now + nanoseconds(1 + static_cast<std::int64_t>(rng.below(10'000'000)));
    samples.times.push_back(now);
    samples.values.push_back(offset + spread * rng.normal());
  }
  return samples;
}

Node node_of(const Layout& layout, const Samples& samples, std::size_t from, std::size_t to) {
  Pane pane;
  pane.open({});
  pane.add(layout, std::span(samples.times).subspan(from, to - from),
           std::span(samples.values).subspan(from, to - from));
  Node node{};
  pane.close(layout, node.data());
  return node;
}

void expect_close(const Samples& samples, const Layout& layout, const Node& node,
                  double tolerance) {
  reference::Window window;
  for (std::size_t i = 0; i < samples.times.size(); ++i)
    window.push_back({samples.times[i], samples.values[i]});
  for (const auto& [name, function] : reference::functions()) {
    const double expected = function(window);
    const double found = value_of(find_window(name)->statistic, layout, node.data());
    EXPECT_NEAR(found, expected, tolerance * std::fabs(expected)) << name;
  }
}

TEST(Aggregate, AgreesWithDefinitionsHoweverLargeTheOffset) {
  const Layout layout = layout_of(everything);
  Rng rng(1);
  for (const double offset : {0.0, 90.0, 1e6, -1.7e9}) {
    const Samples samples = any_samples(rng, 1000, offset, 0.01);
    expect_close(samples, layout, node_of(layout, samples, 0, 1000), 1e-9);
    // Many small panes, joined one after another.
    Node joined{};
    for (std::size_t i = 0; i < 1000; i += 8) {
      const Node part = node_of(layout, samples, i, i + 8);
      merge(layout, everything, 0, part.data(), joined.data());
    }
    expect_close(samples, layout, joined, 1e-9);
  }
}

TEST(Aggregate, OutlierAsTheFirstSampleCostsNoPrecision) {
  const Layout layout = layout_of(everything);
  Rng rng(2);
  Samples samples = any_samples(rng, 1000, 5, 1);
  samples.values[0] = 1e7;
  expect_close(samples, layout, node_of(layout, samples, 0, 1000), 1e-9);
}

TEST(Aggregate, SumOfWholeNumbersIsExact) {
  const Layout layout = Layout::of(component::sum);
  Samples samples;
  for (int i = 0; i < 1000; ++i) {
    samples.times.push_back({i + 1});
    samples.values.push_back(i % 2 == 0 ? 1e15 + i : -1e15);
  }
  const Node node = node_of(layout, samples, 0, 1000);
  EXPECT_EQ(value_of(Statistic::sum, layout, node.data()), 249'500);
}

TEST(Aggregate, ConstantHasNoSpread) {
  const Layout layout = layout_of(everything);
  Samples samples = any_samples(*std::make_unique<Rng>(3), 100, 0.1, 0);
  Node node = node_of(layout, samples, 0, 50);
  const Node second = node_of(layout, samples, 50, 100);
  merge(layout, everything, 1, second.data(), node.data());
  EXPECT_EQ(value_of(Statistic::var, layout, node.data()), 0);
  EXPECT_EQ(value_of(Statistic::mean, layout, node.data()), 0.1);
  EXPECT_EQ(value_of(Statistic::slope, layout, node.data()), 0);
  EXPECT_TRUE(std::isnan(value_of(Statistic::kurtosis, layout, node.data())));
  EXPECT_TRUE(std::isnan(value_of(Statistic::skewness, layout, node.data())));
  EXPECT_TRUE(std::isnan(value_of(Statistic::zscore, layout, node.data())));
}

TEST(Aggregate, MeansOfALineThroughManyPanesKeepItsSlope) {
  const Layout layout = Layout::of(component::mean | component::slope);
  Node joined{};
  for (int i = 0; i < 600; ++i) {
    Pane pane;
    pane.open({});
    const Time time = Time{} + milliseconds(250);
    const double value = 1e5 + 0.001 * (i + 0.25);
    pane.add(layout, {&time, 1}, {&value, 1});
    Node node{};
    pane.close(layout, node.data());
    merge(layout, layout.components, i, node.data(), joined.data());
  }
  EXPECT_NEAR(value_of(Statistic::slope, layout, joined.data()), 0.001, 1e-12);
}

RC_GTEST_PROP(AggregateLaws, APaneDoesNotDependOnHowItsSamplesWereCut, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::size_t n = 1 + rng.below(100);
  const Samples samples = any_samples(rng, n, 10, 1);
  const auto components = [&] {
    auto some = static_cast<Components>(rng.below(everything + 1));
    if (some & (component::m2 | component::m34 | component::slope)) some |= component::mean;
    if (some & component::m34) some |= component::m2;
    return some;
  }();
  const Layout layout = layout_of(components);
  Pane pane;
  pane.open({});
  for (std::size_t at = 0; at < n;) {
    const std::size_t step = std::min(n - at, 1 + rng.below(7));
    pane.add(layout, std::span(samples.times).subspan(at, step),
             std::span(samples.values).subspan(at, step));
    at += step;
  }
  Node cut{};
  pane.close(layout, cut.data());
  const Node whole = node_of(layout, samples, 0, n);
  RC_ASSERT(std::memcmp(cut.data(), whole.data(), layout.stride * sizeof(double)) == 0);
}

}  // namespace
}  // namespace wayside::features
