#pragma once

#include <gtest/gtest.h>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "infer/model_runner.hpp"
#include "node/agent_config.hpp"
#include "node/loaded_model.hpp"
#include "node/record_sink.hpp"
#include "telemetry/udunits/units.hpp"

/// What the tests of this folder share.
namespace wayside::node {

inline const telemetry::Units& test_units() {
  static const telemetry::Units units = [] {
    auto loaded = telemetry::Units::load();
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(*loaded);
  }();
  return units;
}

/// The configuration in `text`, or nullopt with every mistake as one line in `errors`.
inline std::optional<AgentConfig> parse_text(const std::string& text, std::string& errors) {
  config::Diagnostics diagnostics;
  const auto root = config::parse_yaml(
      text, "agent.yaml", [](const std::string&) { return std::nullopt; }, diagnostics);
  auto config = parse_agent_config(root, test_units(), diagnostics);
  errors = diagnostics.format();
  if (!diagnostics.ok()) return std::nullopt;
  return config;
}

inline AgentConfig parse_good(const std::string& text) {
  std::string errors;
  auto config = parse_text(text, errors);
  if (!config) throw std::runtime_error(errors);
  return std::move(*config);
}

/// One machine with two signals, two features, one model and rules given as YAML flow maps.
inline std::string pump_yaml(const std::string& rules, const std::string& model_options = "") {
  return "node: n1\nstate: /tmp/wayside-test\n"
         "kinds:\n"
         "  pump:\n"
         "    signals:\n"
         "      temp: {unit: degC, range: [-40, 150]}\n"
         "      flow: {unit: l/min}\n"
         "    features:\n"
         "      every: 1s\n"
         "      define:\n"
         "        temp_mean: mean(temp, 4s)\n"
         "        flow_last: last(flow, 60s)\n"
         "    models:\n"
         "      wear: {file: wear.onnx, inputs: [temp_mean, flow_last]" +
         model_options +
         "}\n"
         "    rules:\n" +
         rules + "assets:\n  - {name: p1, kind: pump}\n  - {name: p2, kind: pump}\nsources: []\n";
}

/// A model whose answers the test decides: `answer` gets the inputs and fills outputs and shares.
struct FakeRunner final : infer::ModelRunner {
  using Answer =
      std::function<Status(std::span<const double>, std::span<double>, std::span<double>)>;
  infer::Manifest own;
  std::string own_digest = "0123456789abcdef";
  Answer answer;

  [[nodiscard]] const infer::Manifest& manifest() const override { return own; }
  [[nodiscard]] const std::string& digest() const override { return own_digest; }
  Status run(std::span<const double> inputs, std::span<const double> /*mask*/,
             std::span<double> outputs, std::span<double> contributions) override {
    return answer(inputs, outputs, contributions);
  }
};

/// Gives a FakeRunner for every file in `files`.
struct FakeLoader final : infer::ModelLoader {
  struct File {
    infer::Manifest manifest;
    std::string digest = "0123456789abcdef";
    FakeRunner::Answer answer;
  };
  std::map<std::string, File> files;
  int loads = 0;

  using ModelLoader::load;
  Result<std::unique_ptr<infer::ModelRunner>> load(const std::string& path,
                                                   const std::vector<std::string>&,
                                                   const std::optional<infer::Sequence>&) override {
    ++loads;
    const auto found = files.find(path);
    if (found == files.end()) return fail(Errc::corrupt, "{} is no model", path);
    auto runner = std::make_unique<FakeRunner>();
    runner->own = found->second.manifest;
    runner->own_digest = found->second.digest;
    runner->answer = found->second.answer;
    return runner;
  }
};

inline FakeLoader::File pump_model(FakeRunner::Answer answer) {
  FakeLoader::File file;
  file.manifest.name = "wear";
  file.manifest.inputs = {"temp_mean", "flow_last"};
  file.manifest.outputs = {"score", "t2"};
  file.manifest.contributions = "contributions";
  file.manifest.thresholds = {{"score", 0.9}};
  file.answer = std::move(answer);
  return file;
}

/// Keeps all rows.
struct RecordingSink final : RecordSink {
  struct Feature {
    AssetId asset;
    Time time;
    std::vector<double> values;
  };
  struct Decided {
    DecisionRow row;
    std::vector<double> inputs, outputs, contributions;
  };
  std::vector<telemetry::Sample> samples;
  std::vector<Feature> rows;
  std::vector<Decided> decisions;
  std::vector<AlertRow> alerts;
  std::vector<ModelChangeRow> changes;

  void sample(const telemetry::Sample& sample) override { samples.push_back(sample); }
  void features(AssetId asset, Time time, std::span<const double> values) override {
    rows.push_back({asset, time, {values.begin(), values.end()}});
  }
  void decision(const DecisionRow& row, std::span<const double> in, std::span<const double> out,
                std::span<const double> shares) override {
    decisions.push_back(
        {row, {in.begin(), in.end()}, {out.begin(), out.end()}, {shares.begin(), shares.end()}});
  }
  void alert(const AlertRow& row) override { alerts.push_back(row); }
  void model_change(const ModelChangeRow& row) override { changes.push_back(row); }
};

constexpr Time at_second(std::int64_t s) {
  return Time{} + seconds(1'700'000'000 + s);
}

}  // namespace wayside::node
