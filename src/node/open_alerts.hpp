#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "node/kept_text.hpp"
#include "telemetry/record.hpp"
#include "telemetry/tier.hpp"

namespace wayside::node {

/// An alert that was raised and not cleared: its event and where that stands in the spool.
struct OpenAlert {
  telemetry::Tier tier = telemetry::Tier::critical;
  std::uint64_t seq = 0;
  telemetry::Event event;
};

/// The rule that an alert's `data` names; empty where it names none.
[[nodiscard]] std::string rule_of(const telemetry::Event& event);

/// Alerts that are open, kept so that the next run of the agent clears what this one raised.
/// Used by one thread at a time.
class OpenAlerts {
 public:
  /// Beyond these an alert is not remembered over a restart.
  static constexpr std::size_t alerts_max = 10'000;
  using Key = std::pair<std::string, std::string>;  ///< asset, rule

  /// Without a place (null) nothing is kept.
  explicit OpenAlerts(std::unique_ptr<KeptText> kept) : kept_(std::move(kept)) {}

  /// Takes up what the last run left, if anything. Errors: `io`, `corrupt`; then none are
  /// known.
  [[nodiscard]] Status load();
  /// Takes account of an event that the spool accepted as number `seq`.
  void note(telemetry::Tier tier, std::uint64_t seq, const telemetry::Event& event);
  /// There is something to save.
  [[nodiscard]] bool changed() const { return changed_ && kept_ != nullptr; }
  /// On stable storage when it returns. Errors: `io`, `full`.
  [[nodiscard]] Status save();

  [[nodiscard]] const std::map<Key, OpenAlert>& all() const { return open_; }

 private:
  std::unique_ptr<KeptText> kept_;
  std::map<Key, OpenAlert> open_;
  bool changed_ = false;
};

}  // namespace wayside::node
