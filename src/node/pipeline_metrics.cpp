#include "node/pipeline_metrics.hpp"

namespace wayside::node {
namespace {

PipelineMetrics::Model model_metrics(const std::string& kind, const std::string& model,
                                     Metrics& metrics) {
  const Labels labels{{"kind", kind}, {"model", model}};
  const auto with = [&](const std::string& key, const std::string& value) {
    Labels more = labels;
    more[key] = value;
    return more;
  };
  const auto skipped = [&](const std::string& reason) {
    return &metrics.counter("wayside_model_skipped_total", "Ticks at which a model did not run",
                            with("reason", reason));
  };
  const auto failed = [&](const std::string& reason) {
    return &metrics.counter("wayside_model_failures_total",
                            "Ticks at which a model failed, by reason", with("reason", reason));
  };
  PipelineMetrics::Model out;
  out.runs = &metrics.counter("wayside_model_runs_total", "Runs of a model", labels);
  out.skipped_inputs = skipped("inputs");
  out.skipped_absent = skipped("absent");
  out.failures = {failed("error"), failed("not_a_number"), failed("over_budget"),
                  failed("inputs_missing"), failed("refused")};
  out.latency = &metrics.histogram(
      "wayside_model_latency_seconds", "Time that one run of a model took",
      {5e-6, 10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 50e-3}, labels);
  return out;
}

}  // namespace

PipelineMetrics::PipelineMetrics(const AgentConfig& config, Metrics& metrics) {
  for (std::size_t q = 0; q < telemetry::quality_count; ++q)
    samples[q] = &metrics.counter(
        "wayside_samples_total", "Samples that entered the pipeline",
        {{"quality", std::string(telemetry::to_string(static_cast<telemetry::Quality>(q)))}});
  ticks = &metrics.counter("wayside_ticks_total", "Ticks evaluated, over all assets");
  raised = &metrics.counter("wayside_alerts_total", "Alerts", {{"transition", "raised"}});
  cleared = &metrics.counter("wayside_alerts_total", "Alerts", {{"transition", "cleared"}});
  for (std::size_t k = 0; k < config.kinds.size(); ++k) {
    auto& row = models.emplace_back();
    for (const ModelConfig& model : config.kinds[k].models)
      row.push_back(model_metrics(config.table.kinds[k].name, model.name, metrics));
  }
}

}  // namespace wayside::node
