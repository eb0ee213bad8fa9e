#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "base/os/system_clock.hpp"
#include "node/sources/parsers.hpp"
#include "node/sources/source.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::node::sources {

/// Keeps all samples; a test can wait for a number of them.
class RecordingSink final : public SampleSink {
 public:
  bool push_wait(std::span<const telemetry::Sample> samples, std::stop_token stop) override {
    waited_ += samples.size();
    push_now(samples);
    return !stop.stop_requested();
  }
  void push_now(std::span<const telemetry::Sample> samples) override {
    const std::scoped_lock lock(mutex_);
    samples_.insert(samples_.end(), samples.begin(), samples.end());
    arrived_.notify_all();
  }
  std::vector<telemetry::Sample> samples() const {
    const std::scoped_lock lock(mutex_);
    return samples_;
  }
  /// Samples that came through `push_wait`.
  std::size_t waited() const { return waited_; }
  /// False after half a minute.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, std::chrono::seconds(30),
                             [&] { return samples_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<telemetry::Sample> samples_;
  std::atomic<std::size_t> waited_{0};
};

/// A node with an engine and a computer, and what runs a source on it.
class SourceTest : public ::testing::Test {
 protected:
  SourceTest() {
    telemetry::Kind engine{"engine", {}};
    const auto add = [&](const char* name, const char* unit, double min, double max) {
      telemetry::Signal signal;
      signal.name = name;
      signal.unit = unit;
      signal.min = min;
      signal.max = max;
      engine.signals.push_back(signal);
    };
    add("coolant_temp", "degC", -40, 150);
    add("oil_pressure", "kPa", 0, 1000);
    add("vibration", "g", -50, 50);
    engine.signals.back().waveform = telemetry::Waveform{1000, 4};
    assets_.kinds = {engine, computer_kind()};
    assets_.assets = {{"engine-1", 0}, {"engine-2", 0}, {"this-computer", 1}};
  }
  ~SourceTest() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  /// Path of a new file with this text.
  std::string file(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::filesystem::path folder() {
    if (folder_.empty()) {
      std::string made = (std::filesystem::temp_directory_path() / "wayside-XXXXXX").string();
      if (::mkdtemp(made.data()) != nullptr) folder_ = made;
    }
    return folder_;
  }

  std::unique_ptr<SourceSpec> parse(const std::string& yaml) {
    diagnostics_ = {};
    document_ = config::parse_yaml(
        yaml, "agent.yaml", [](const std::string&) { return std::nullopt; }, diagnostics_);
    return parse_source(document_, assets_, units_, diagnostics_);
  }
  /// All mistakes of a configuration, as the program prints them.
  std::string mistakes(const std::string& yaml) {
    EXPECT_EQ(parse(yaml), nullptr) << yaml;
    return diagnostics_.format();
  }
  SourceContext context() { return {assets_, units_, sink_, *clock_, metrics_, log_}; }

  std::unique_ptr<Source> create(const std::string& yaml) {
    const auto spec = parse(yaml);
    EXPECT_NE(spec, nullptr) << diagnostics_.format();
    if (!spec) return nullptr;
    auto source = spec->create(context());
    EXPECT_TRUE(source) << (source ? "" : source.error().message);
    return source ? std::move(*source) : nullptr;
  }
  /// Runs a finite source to its end.
  std::vector<telemetry::Sample> run(const std::string& yaml) {
    if (const auto source = create(yaml)) source->run({});
    return sink_.samples();
  }
  std::uint64_t rejected(const std::string& reason) {
    std::uint64_t total = 0;
    for (const auto& metric : metrics_.values("wayside_source_rejected_total"))
      if (metric.labels.at("reason") == reason) total += static_cast<std::uint64_t>(metric.value);
    return total;
  }
  std::uint64_t rejected() {
    double total = 0;
    for (const auto& metric : metrics_.values("wayside_source_rejected_total"))
      total += metric.value;
    return static_cast<std::uint64_t>(total);
  }
  double passed() {
    double total = 0;
    for (const auto& metric : metrics_.values("wayside_source_samples_total"))
      total += metric.value;
    return total;
  }

  telemetry::Units units_ = telemetry::Units::load().value();
  AssetTable assets_;
  RecordingSink sink_;
  os::SystemClock system_clock_;
  const Clock* clock_ = &system_clock_;
  Metrics metrics_;
  std::string said_;  ///< what the source logged; not from several threads
  Log log_{[this](LogLevel, std::string_view text) { said_.append(text).append("\n"); }};
  config::Diagnostics diagnostics_;
  config::Node document_;

 private:
  std::filesystem::path folder_;
};

}  // namespace wayside::node::sources
