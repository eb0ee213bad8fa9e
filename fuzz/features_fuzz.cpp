// The grammar of features and rules, and the engine behind it, on any text. The first line is a
// rule's expression, each further line a feature's. What compiles is run over a short stream.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "features/engine.hpp"
#include "features/expression.hpp"

namespace {

using namespace wayside;

telemetry::Kind kind() {
  telemetry::Kind kind{"pump", {}};
  for (const char* name : {"a", "b", "w"}) {
    telemetry::Signal signal;
    signal.name = name;
    signal.unit = "1";
    kind.signals.push_back(signal);
  }
  kind.signals.back().waveform = telemetry::Waveform{100, 8};
  return kind;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

void rule(std::string_view text) {
  config::Diagnostics diagnostics;
  const auto resolve = [](std::string_view name) -> std::optional<std::size_t> {
    if (name == "x" || name == "model.score") return name.size() % 2;
    return std::nullopt;
  };
  const auto expression = features::ScalarExpression::compile(text, {"fuzz", 1, 1}, resolve,
                                                              {"x", "model.score"}, diagnostics);
  if (expression.has_value() != diagnostics.ok()) std::abort();
  const double slots[] = {0.5, std::nan("")};
  if (expression) (void)expression->holds(slots);
}

/// Samples at growing distances, pairs among them, with another version in the middle; and a
/// waveform in runs.
void run(const std::shared_ptr<const features::Plan>& plan) {
  features::AssetEngine engine(plan);
  std::vector<double> values(plan->names().size());
  const auto push = [&](std::uint32_t signal, Time time, double value, std::uint32_t version) {
    engine.push(SignalId{signal}, time, value, telemetry::Quality::good, version);
    while (engine.next_tick(values)) continue;
  };
  for (std::int64_t i = 0; i < 200; ++i) {
    const Time time{i * i * 10'000'000};
    const std::uint32_t version = i < 100 ? 1 : 2;
    push(static_cast<std::uint32_t>(i % 2), time, static_cast<double>(i - 50), version);
    if (i % 3 == 0) push(static_cast<std::uint32_t>(1 - i % 2), time, 1.5, version);
    for (std::int64_t k = 0; k < i % 12; ++k)
      push(2, time + milliseconds(10 * k + 1), static_cast<double>(k * k), version);
  }
  engine.finish();
  while (engine.next_tick(values)) continue;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t input_max = 1 << 14;
  if (size > input_max) return 0;
  const auto lines = lines_of({reinterpret_cast<const char*>(data), size});
  if (lines.empty()) return 0;
  rule(lines.front());
  std::vector<features::Definition> definitions;
  for (std::size_t i = 1; i < lines.size() && i <= 8; ++i)
    definitions.push_back(
        {"f" + std::to_string(i), std::string(lines[i]), {"fuzz", static_cast<int>(i), 1}});
  config::Diagnostics diagnostics;
  features::PlanOptions options;
  options.asset_bytes_max = 4 << 20;
  const auto plan = features::Plan::compile(kind(), definitions, options, nullptr, diagnostics);
  if ((plan != nullptr) != diagnostics.ok()) std::abort();
  if (!plan) return 0;
  (void)plan->explain(2);
  run(plan);
  return 0;
}
