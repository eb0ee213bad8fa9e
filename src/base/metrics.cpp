#include "base/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <algorithm>
#include <mutex>

#include "base/assert.hpp"

namespace wayside {

Histogram::Histogram(std::vector<double> upper_bounds)
    : bounds_(std::move(upper_bounds)), counts_(bounds_.size() + 1) {
  WAYSIDE_ASSERT(std::is_sorted(bounds_.begin(), bounds_.end()), "bucket bounds must ascend");
}

void Histogram::observe(double v) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), v) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(v, std::memory_order_relaxed);
}

std::uint64_t Histogram::cumulative(std::size_t i) const {
  std::uint64_t total = 0;
  for (std::size_t k = 0; k <= i; ++k) total += counts_[k].load(std::memory_order_relaxed);
  return total;
}

namespace {

template <class Metric>
struct Family {
  std::string help;
  std::map<Labels, std::unique_ptr<Metric>> members;
};

prometheus::ClientMetric client_metric(const Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

void fill(prometheus::ClientMetric& out, const Counter& counter) {
  out.counter.value = static_cast<double>(counter.value());
}
void fill(prometheus::ClientMetric& out, const Gauge& gauge) {
  out.gauge.value = gauge.value();
}
void fill(prometheus::ClientMetric& out, const Histogram& histogram) {
  const std::size_t n = histogram.upper_bounds().size();
  for (std::size_t i = 0; i < n; ++i)
    out.histogram.bucket.push_back({histogram.cumulative(i), histogram.upper_bounds()[i]});
  out.histogram.sample_count = histogram.cumulative(n);
  out.histogram.sample_sum = histogram.sum();
}

template <class Metric>
void collect(const std::map<std::string, Family<Metric>>& families, prometheus::MetricType type,
             std::vector<prometheus::MetricFamily>& out) {
  for (const auto& [name, family] : families) {
    prometheus::MetricFamily& target = out.emplace_back();
    target.name = name;
    target.help = family.help;
    target.type = type;
    for (const auto& [labels, metric] : family.members) {
      prometheus::ClientMetric member = client_metric(labels);
      fill(member, *metric);
      target.metric.push_back(std::move(member));
    }
  }
}

template <class Metric, class... Args>
Metric& obtain(std::map<std::string, Family<Metric>>& families, const std::string& name,
               const std::string& help, const Labels& labels, Args&&... args) {
  Family<Metric>& family = families[name];
  if (family.help.empty()) family.help = help;
  std::unique_ptr<Metric>& member = family.members[labels];
  if (!member) member = std::make_unique<Metric>(std::forward<Args>(args)...);
  return *member;
}

}  // namespace

struct Metrics::State {
  mutable std::mutex mutex;
  std::map<std::string, Family<Counter>> counters;
  std::map<std::string, Family<Gauge>> gauges;
  std::map<std::string, Family<Histogram>> histograms;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  return obtain(state_->counters, name, help, labels);
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  return obtain(state_->gauges, name, help, labels);
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              std::vector<double> upper_bounds, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  return obtain(state_->histograms, name, help, labels, std::move(upper_bounds));
}

std::string Metrics::expose() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<prometheus::MetricFamily> families;
  collect(state_->counters, prometheus::MetricType::Counter, families);
  collect(state_->gauges, prometheus::MetricType::Gauge, families);
  collect(state_->histograms, prometheus::MetricType::Histogram, families);
  return prometheus::TextSerializer().Serialize(families);
}

std::vector<Metrics::Value> Metrics::values(const std::string& prefix) const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Value> out;
  const auto take = [&](const auto& families) {
    for (auto it = families.lower_bound(prefix);
         it != families.end() && it->first.starts_with(prefix); ++it)
      for (const auto& [labels, metric] : it->second.members)
        out.push_back({it->first, labels, static_cast<double>(metric->value())});
  };
  take(state_->counters);
  take(state_->gauges);
  return out;
}

}  // namespace wayside
