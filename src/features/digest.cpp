#include "features/digest.hpp"

#include <fmt/format.h>

namespace wayside::features {
namespace {

/// Raised whenever the engine computes other bits from the same definitions.
constexpr int semantics_version = 2;

std::string fnv1a_128(std::string_view text) {
  __extension__ using Wide = unsigned __int128;
  const Wide prime = (Wide{1} << 88) + 0x13b;
  Wide hash = (Wide{0x6c62272e07bb0142} << 64) + 0x62b821756295c58d;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= prime;
  }
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(hash >> 64),
                     static_cast<std::uint64_t>(hash));
}

}  // namespace

std::string digest_of(const Plan::Program& program, const telemetry::Kind& kind) {
  std::string text =
      fmt::format("features {}\nevery {}\nlateness {}\nidle {}\n", semantics_version,
                  program.options.every.ns, program.options.lateness.ns, program.idle.ns);
  for (const PlannedSource& source : program.sources) {
    const telemetry::Signal& signal = kind[source.signal];
    text += fmt::format("signal {} {} {}\n", signal.name, signal.version, signal.unit);
  }
  for (const PlannedFeature& feature : program.features)
    text += fmt::format("{} = {}\n", feature.name, feature.canonical);
  return fnv1a_128(text);
}

}  // namespace wayside::features
