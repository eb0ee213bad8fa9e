#pragma once

#include <array>
#include <memory>
#include <vector>

#include "base/metrics.hpp"
#include "node/agent_config.hpp"
#include "node/record_sink.hpp"
#include "telemetry/sample.hpp"

namespace wayside::node {

/// The pipeline's counters, looked up once.
struct PipelineMetrics {
  struct Model {
    Counter* runs = nullptr;
    Counter* skipped_inputs = nullptr;  ///< an input had no value
    Counter* skipped_absent = nullptr;  ///< no model loaded
    std::array<Counter*, model_failure_count> failures{};
    Histogram* latency = nullptr;
  };

  PipelineMetrics(const AgentConfig& config, Metrics& metrics);

  std::array<Counter*, telemetry::quality_count> samples{};
  Counter* ticks = nullptr;
  Counter* raised = nullptr;
  Counter* cleared = nullptr;
  std::vector<std::vector<Model>> models;  ///< [kind][model]
};

}  // namespace wayside::node
