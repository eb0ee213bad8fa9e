#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/config/node.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "node/asset_table.hpp"
#include "telemetry/sample.hpp"

namespace wayside::telemetry {
class Units;
}

namespace wayside::node {

/// Where sources put samples: the bounded queue in front of the pipeline.
class SampleSink {
 public:
  virtual ~SampleSink() = default;
  /// Waits for room (or `stop`): for sources that can wait, such as files. Returns false if
  /// stopped.
  virtual bool push_wait(std::span<const telemetry::Sample> samples, std::stop_token stop) = 0;
  /// Never waits: what does not fit is counted by the sink as dropped. For live sources.
  virtual void push_now(std::span<const telemetry::Sample> samples) = 0;
};

/// What every source is given.
struct SourceContext {
  const AssetTable& assets;
  const telemetry::Units& units;
  SampleSink& sink;
  const Clock& clock;
  Metrics& metrics;
  Log log;
};

/// One running source. `run` is called once, on a thread of its own, and returns when the input is
/// at its end or `stop` is requested (promptly). Mistakes in the input are counted by reason in
/// `wayside_source_rejected_total{source,reason}` and never end the program.
class Source {
 public:
  virtual ~Source() = default;
  /// For logs and metrics: "csv:log.csv".
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// True for a file or a pipe: `run` returns by itself at the end of the input.
  [[nodiscard]] virtual bool finite() const = 0;
  virtual void run(std::stop_token stop) = 0;
  /// Once `run` has returned: why it did before the end of its input was read. That it was stopped
  /// is no failure.
  [[nodiscard]] virtual Status outcome() const { return {}; }
};

/// A source's configuration, checked, without side effects.
class SourceSpec {
 public:
  virtual ~SourceSpec() = default;
  /// Errors: what stands in the way of starting (a file that is not there, a broker address).
  [[nodiscard]] virtual Result<std::unique_ptr<Source>> create(
      const SourceContext& context) const = 0;
  /// Its sources use `SourceContext::units` while they run, not only while they are created.
  [[nodiscard]] virtual bool keeps_units() const { return false; }
};

/// Reads one item of `sources:`, such as `{csv: {...}}`. Mistakes go to `diagnostics`, and then the
/// result is null. `assets` and `units` serve to check names and units. Relative paths are relative
/// to the configuration file.
[[nodiscard]] std::unique_ptr<SourceSpec> parse_source(const config::Node& item,
                                                       const AssetTable& assets,
                                                       const telemetry::Units& units,
                                                       config::Diagnostics& diagnostics);

/// Kinds that need no `kinds:` entry because a source brings their schema: `computer` (host source)
/// and each plant. Nullopt for other names.
[[nodiscard]] std::optional<telemetry::Kind> builtin_kind(std::string_view name);

}  // namespace wayside::node
