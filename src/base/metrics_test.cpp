#include "base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wayside {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, SameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  metrics.counter("rows_total", "Rows.", {{"tier", "bulk"}}).add(2);
  metrics.counter("rows_total", "Rows.", {{"tier", "bulk"}}).add(3);
  metrics.counter("rows_total", "Rows.", {{"tier", "critical"}}).add();
  const std::string text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("# TYPE rows_total counter"));
  EXPECT_THAT(text, HasSubstr("rows_total{tier=\"bulk\"} 5"));
  EXPECT_THAT(text, HasSubstr("rows_total{tier=\"critical\"} 1"));
}

TEST(Metrics, HistogramsCountCumulatively) {
  Metrics metrics;
  Histogram& latency = metrics.histogram("latency_seconds", "Latency.", {0.1, 1});
  for (const double v : {0.05, 0.5, 5.0}) latency.observe(v);
  const std::string text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("latency_seconds_bucket{le=\"0.1\"} 1"));
  EXPECT_THAT(text, HasSubstr("latency_seconds_bucket{le=\"1\"} 2"));
  EXPECT_THAT(text, HasSubstr("latency_seconds_count 3"));
}

TEST(Metrics, ValuesAreFoundByPrefix) {
  Metrics metrics;
  metrics.gauge("a_depth", "Depth.").set(3.5);
  metrics.counter("b_total", "B.").add();
  const auto values = metrics.values("a_");
  ASSERT_EQ(values.size(), 1u);
  EXPECT_EQ(values[0].value, 3.5);
}

}  // namespace
}  // namespace wayside
