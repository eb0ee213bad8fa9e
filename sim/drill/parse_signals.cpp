#include <fmt/format.h>

#include "base/config/reader.hpp"
#include "node/sources/source.hpp"
#include "plants/plant.hpp"
#include "sim/drill/parse.hpp"
#include "sim/drill/values.hpp"

namespace wayside::drill {
namespace {

using config::MapReader;
using config::Node;

constexpr Duration every_min = milliseconds(10);
constexpr Duration every_max = days(1);

std::optional<Duration> parse_every(const Node& node, config::Diagnostics& diagnostics) {
  const auto every = config::as_duration(node, diagnostics);
  if (every && *every >= every_min && *every <= every_max) return every;
  if (every)
    diagnostics.error(node.at, fmt::format("samples come from {} to {} apart, found {}",
                                           format_duration(every_min), format_duration(every_max),
                                           node.describe()));
  return std::nullopt;
}

std::optional<double> number(MapReader& reader, const char* key) {
  const Node* found = reader.optional(key);
  return found != nullptr ? config::as_number(*found, reader.diagnostics()) : std::nullopt;
}

Generator parse_generator(const std::string& signal, const Node& node,
                          config::Diagnostics& diagnostics) {
  Generator generator;
  generator.signal = signal;
  MapReader reader(node, "a generator", diagnostics);
  if (const Node* shape = reader.optional("shape"))
    generator.shape = static_cast<Generator::Shape>(
        as_word(*shape, {"walk", "sine", "square", "ramp", "constant"}, diagnostics).value_or(0));
  generator.low = number(reader, "low");
  generator.high = number(reader, "high");
  generator.noise = number(reader, "noise");
  generator.period = reader.duration("period", generator.period);
  if (generator.period.ns <= 0)
    diagnostics.error(node.find("period")->at, "'period' must be longer than 0");
  if (generator.low && generator.high && *generator.low > *generator.high)
    diagnostics.error(node.at, fmt::format("'low' is {}, above 'high', which is {}", *generator.low,
                                           *generator.high));
  if (generator.noise && *generator.noise < 0)
    diagnostics.error(node.find("noise")->at, "'noise' must not be negative");
  if (const Node* every = reader.optional("every"))
    generator.every = parse_every(*every, diagnostics);
  return generator;
}

void parse_plant(MapReader& reader, Signals& out) {
  out.plant = reader.string("plant", "auto");
  std::vector<std::string> known{"auto", "none"};
  for (const plants::PlantType& plant : plants::plant_types()) known.push_back(plant.name);
  if (std::find(known.begin(), known.end(), out.plant) == known.end())
    reader.diagnostics().error(
        reader.node().find("plant")->at,
        fmt::format("unknown plant '{}'{}", out.plant, hint(out.plant, known)));
}

}  // namespace

Signals parse_signals(const Node& node, const ParseContext& context) {
  config::Diagnostics& diagnostics = context.diagnostics;
  Signals out;
  MapReader reader(node, "the signals", diagnostics);
  if (const Node* every = reader.optional("every")) out.every = parse_every(*every, diagnostics);
  out.waveform_every = reader.duration("waveform_every", out.waveform_every);
  if (out.waveform_every < seconds(1))
    diagnostics.error(node.find("waveform_every")->at, "'waveform_every' must be at least 1s");
  parse_plant(reader, out);
  constexpr double speed_max = 10'000;
  out.speed = reader.number("speed", 1);
  if (!(out.speed > 0 && out.speed <= speed_max))
    diagnostics.error(node.find("speed")->at,
                      fmt::format("'speed' must be above 0 and at most {}", speed_max));
  out.csv = reader.optional("csv");
  const Node* shapes = reader.optional("set");
  if (shapes != nullptr && node::expect_names(*shapes, "signals", node::signals_max, diagnostics))
    for (const Node::Entry& entry : shapes->entries) {
      check_signal(entry.key, entry.key_at, context);
      out.generators.push_back(parse_generator(entry.key, entry.value, diagnostics));
    }
  return out;
}

}  // namespace wayside::drill
