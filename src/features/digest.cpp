#include "features/digest.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace wayside::features {
namespace {

/// Raised whenever the engine computes other bits from the same definitions.
constexpr int semantics_version = 3;

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

/// What holds for all features.
std::string grid_text(const Plan::Program& program) {
  return fmt::format("features {}\nevery {}\nlateness {}\nidle {}\n", semantics_version,
                     program.options.every.ns, program.options.lateness.ns, program.idle.ns);
}

std::string signal_text(const telemetry::Signal& signal) {
  std::string line = fmt::format("signal {} {} {}", signal.name, signal.version, signal.unit);
  if (signal.waveform)
    line += fmt::format(" {} {}", signal.waveform->rate_hz, signal.waveform->length);
  return line + "\n";
}

/// Names, among them those of functions, and numbers.
std::vector<std::string_view> words_of(std::string_view text) {
  const auto in_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  };
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_word(text[end])) ++end;
    if (end > at) words.push_back(text.substr(at, end - at));
    at = std::max(end, at + 1);
  }
  return words;
}

}  // namespace

std::string digest_of(const Plan::Program& program, const telemetry::Kind& kind) {
  std::string text = grid_text(program);
  for (const PlannedSource& source : program.sources) text += signal_text(kind[source.signal]);
  for (const PlannedFeature& feature : program.features)
    text += fmt::format("{} = {}\n", feature.name, feature.canonical);
  return fnv1a_128(text);
}

std::vector<std::string> feature_digests_of(const Plan::Program& program,
                                            const telemetry::Kind& kind) {
  std::map<std::string, std::string, std::less<>> named;  // what names of features stand for
  std::vector<std::string> digests;
  for (const PlannedFeature& feature : program.features) {
    std::set<std::string> used;
    for (const std::string_view word : words_of(feature.canonical)) {
      if (const auto other = named.find(word); other != named.end())
        used.insert(fmt::format("{} is {}\n", word, other->second));
      else if (const auto signal = kind.find(word))
        used.insert(signal_text(kind[*signal]));
    }
    digests.push_back(fnv1a_128(
        fmt::format("{}{}{}", grid_text(program), fmt::join(used, ""), feature.canonical)));
    named.emplace(feature.name, digests.back());
  }
  return digests;
}

}  // namespace wayside::features
