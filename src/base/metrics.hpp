#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wayside {

/// Only ever goes up. Adding is one relaxed atomic and fits the pipeline's path.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double v) { value_.store(v, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Counts in fixed buckets with the upper bounds given at creation, for latencies.
class Histogram {
 public:
  explicit Histogram(std::vector<double> upper_bounds);
  void observe(double v);
  [[nodiscard]] const std::vector<double>& upper_bounds() const { return bounds_; }
  /// Cumulative count of bucket i; i = upper_bounds().size() is all.
  [[nodiscard]] std::uint64_t cumulative(std::size_t i) const;
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

using Labels = std::map<std::string, std::string>;

/// All numbers a program shows at `/metrics`. Getting a metric takes a lock and allocates: do it
/// once, at set-up, and keep the reference, which lives as long as the registry. The same name and
/// labels give the same metric.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help,
                       std::vector<double> upper_bounds, const Labels& labels = {});

  /// Prometheus text exposition format 0.0.4.
  [[nodiscard]] std::string expose() const;

  struct Value {
    std::string name;
    Labels labels;
    double value;
  };
  /// Counters and gauges whose name starts with `prefix`, for `status` and health records.
  [[nodiscard]] std::vector<Value> values(const std::string& prefix = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside
