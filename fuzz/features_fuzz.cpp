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
  for (const char* name : {"a", "b"}) {
    telemetry::Signal signal;
    signal.name = name;
    signal.unit = "1";
    kind.signals.push_back(signal);
  }
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

void run(const std::shared_ptr<const features::Plan>& plan) {
  features::AssetEngine engine(plan);
  std::vector<double> values(plan->names().size());
  for (std::int64_t i = 0; i < 200; ++i) {
    engine.push(SignalId{static_cast<std::uint32_t>(i % 2)}, Time{i * i * 10'000'000},
                static_cast<double>(i), telemetry::Quality::good);
    while (engine.next_tick(values)) continue;
  }
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
  options.asset_bytes_max = 1 << 20;
  const auto plan = features::Plan::compile(kind(), definitions, options, nullptr, diagnostics);
  if ((plan != nullptr) != diagnostics.ok()) std::abort();
  if (plan) run(plan);
  return 0;
}
