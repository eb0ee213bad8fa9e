// What Wayside adds to a model: the time from a sample entering the pipeline to its decision, less
// the time of the bare ONNX Runtime call on the same model in the same process. The model is the
// 640-input autoencoder of MLPerf Tiny's shape; three plans feed it: few signals with many windows,
// as a machine has them, one value of each of many signals, and ten statistics of one window of 64
// signals.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "bare_onnx.hpp"
#include "base/config/node.hpp"
#include "base/metrics.hpp"
#include "base/os/system_clock.hpp"
#include "base/rng.hpp"
#include "infer/onnx/onnx_loader.hpp"
#include "node/agent_config.hpp"
#include "node/pipeline.hpp"
#include "telemetry/udunits/units.hpp"
#include "train/autoencoder.hpp"

namespace {

using namespace wayside;

constexpr std::size_t inputs = train::benchmark_autoencoder_inputs;
constexpr std::size_t ticks = 20'000;
constexpr std::size_t warm_up = 500;

/// Notes when the features and the decision of a tick came out.
class DecisionTimes final : public node::RecordSink {
 public:
  explicit DecisionTimes(const Clock& clock) : clock_(clock) {}
  void sample(const telemetry::Sample&) override { ++samples; }
  void features(AssetId, Time, std::span<const double>) override {
    features_out = clock_.monotonic();
  }
  void decision(const node::DecisionRow& row, std::span<const double>, std::span<const double>,
                std::span<const double>) override {
    ++decisions;
    decision_out = clock_.monotonic();
    model = row.latency;
  }
  void alert(const node::AlertRow&) override {}
  void model_change(const node::ModelChangeRow&) override {}

  std::size_t samples = 0;
  std::size_t decisions = 0;
  Duration features_out;
  Duration decision_out;
  Duration model;

 private:
  const Clock& clock_;
};

struct Shape {
  std::string name;
  std::size_t signals;
  std::vector<std::string> functions;
  std::vector<std::string> windows;

  [[nodiscard]] std::size_t features() const { return signals * functions.size() * windows.size(); }
};

const std::vector<std::string> ten_statistics = {"mean",  "std", "min",   "max", "last",
                                                 "slope", "rms", "count", "sum", "range"};

std::string agent_yaml(const Shape& shape, const std::string& model) {
  std::string signals;
  std::string define;
  std::string names;
  for (std::size_t s = 0; s < shape.signals; ++s) {
    signals += fmt::format("      s{}: {{unit: \"1\"}}\n", s);
    for (const std::string& function : shape.functions) {
      for (const std::string& window : shape.windows) {
        const std::string name = fmt::format("{}{}_{}", function, s, window);
        define += fmt::format("        {}: {}(s{}, {})\n", name, function, s, window);
        names += (names.empty() ? "" : ", ") + name;
      }
    }
  }
  return fmt::format(
      "node: bench\nstate: .\nkinds:\n  rig:\n    signals:\n{}    features:\n      every: 100ms\n  "
      "    define:\n{}"
      "    models:\n      ae: {{file: {}, inputs: [{}], budget: 1s}}\nassets: [{{name: rig, kind: "
      "rig}}]\nsources: []\n",
      signals, define, model, names);
}

double quantile(std::vector<double>& sorted, double q) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(q * static_cast<double>(sorted.size())))];
}

void report(const char* what, std::vector<double> us) {
  std::sort(us.begin(), us.end());
  std::printf("  %-38s p50 %8.2f   p99 %8.2f   p99.9 %8.2f µs\n", what, quantile(us, 0.5),
              quantile(us, 0.99), quantile(us, 0.999));
}

/// Fills the model's input as a new tick would.
void renew(std::span<float> x, Rng& rng) {
  for (float& v : x) v = static_cast<float>(rng.normal());
}

std::vector<double> bare_runs(bench::BareOnnx& bare, const Clock& clock) {
  Rng rng(1);
  std::vector<double> us;
  for (std::size_t i = 0; i < ticks + warm_up; ++i) {
    renew(bare.input(), rng);
    const Duration start = clock.monotonic();
    bare.run();
    if (i >= warm_up) us.push_back((clock.monotonic() - start).seconds() * 1e6);
  }
  return us;
}

/// Of each tick, where the time went, in µs.
struct Times {
  std::vector<double> whole, features, model, rest, own, alone, added, row, after;

  void add(const DecisionTimes& sink, Duration row_entered, Duration entered, Duration left,
           Duration bare) {
    const auto us = [](Duration d) { return d.seconds() * 1e6; };
    const Duration took = sink.decision_out - entered;
    whole.push_back(us(took));
    features.push_back(us(sink.features_out - entered));
    model.push_back(us(sink.model));
    rest.push_back(us(took - (sink.features_out - entered) - sink.model));
    own.push_back(us(took - sink.model));
    alone.push_back(us(bare));
    added.push_back(us(took - bare));
    row.push_back(us(entered - row_entered));
    after.push_back(us(left - sink.decision_out));
  }
  void report() const {
    ::report("added: whole less bare call", added);
    ::report("whole: sample to decision", whole);
    ::report("  features", features);
    ::report("  model", model);
    ::report("  rest", rest);
    ::report("  features and rest", own);
    ::report("bare ONNX Runtime call", alone);
    ::report("before: the tick's other samples", row);
    ::report("after: work ahead for the next tick", after);
  }
};

int measure(const Shape& shape, const std::string& model, const telemetry::Units& units) {
  config::Diagnostics diagnostics;
  const config::Node root = config::parse_yaml(agent_yaml(shape, model), "bench.yaml",
                                               config::process_environment(), diagnostics);
  const auto config = node::parse_agent_config(root, units, diagnostics);
  if (!config) {
    std::fputs(diagnostics.format().c_str(), stderr);
    return 1;
  }
  const os::SystemClock clock;
  Metrics metrics;
  DecisionTimes sink(clock);
  node::Pipeline pipeline(*config, sink, clock, metrics);
  const auto loader = infer::make_onnx_loader();
  node::ModelInfos infos;
  auto loaded = node::load_model(config->kinds[0].models[0], config->kinds[0], 1, *loader, infos);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    return 1;
  }
  bench::BareOnnx bare(model);
  pipeline.slot(0, 0).offer(std::move(*loaded));

  Rng rng(2);
  Times times;
  std::vector<double> x(inputs, 0.5);
  for (std::size_t t = 0; t < ticks + warm_up; ++t) {
    // The last signal's sample of a tick completes it: its push runs features, model and decision.
    std::generate(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(shape.signals),
                  [&] { return rng.normal(); });
    const Time time{static_cast<std::int64_t>(t + 1) * 100'000'000};
    const Duration row_entered = clock.monotonic();
    for (std::uint32_t s = 0; s + 1 < shape.signals; ++s)
      pipeline.push({AssetId{0}, SignalId{s}, time, x[s]});
    const auto last = static_cast<std::uint32_t>(shape.signals - 1);
    const Duration entered = clock.monotonic();
    pipeline.push({AssetId{0}, SignalId{last}, time, x[last]});
    const Duration left = clock.monotonic();
    renew(bare.input(), rng);
    const Duration bare_start = clock.monotonic();
    bare.run();
    const Duration alone = clock.monotonic() - bare_start;
    if (t >= warm_up) times.add(sink, row_entered, entered, left, alone);
  }
  std::printf("%s: %zu signals, %zu features, %zu decisions\n", shape.name.c_str(), shape.signals,
              shape.features(), sink.decisions);
  times.report();
  report("bare ONNX Runtime call, back to back", bare_runs(bare, clock));
  return 0;
}

}  // namespace

int main() {
  const auto units = wayside::telemetry::Units::load();
  if (!units) {
    std::fprintf(stderr, "%s\n", units.error().message.c_str());
    return 1;
  }
  const std::string model =
      (std::filesystem::temp_directory_path() / "wayside-bench-ae.onnx").string();
  if (const auto written = wayside::train::write_benchmark_autoencoder(model); !written) {
    std::fprintf(stderr, "%s\n", written.error().message.c_str());
    return 1;
  }
  const std::vector<std::string> eight_windows = {"500ms", "1s",  "2s",  "5s",
                                                  "10s",   "20s", "30s", "60s"};
  int status = measure({"machine", 8, ten_statistics, eight_windows}, model, *units);
  status |= measure({"values", 640, {"last"}, {"1s"}}, model, *units);
  status |= measure({"windows", 64, ten_statistics, {"1s"}}, model, *units);
  std::filesystem::remove(model);
  return status;
}
