#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/link_kind.hpp"
#include "base/time_zone.hpp"
#include "link/day_budget.hpp"
#include "link/day_window.hpp"
#include "link/pacer.hpp"
#include "link/send_condition.hpp"
#include "telemetry/tier.hpp"

namespace wayside::link {

/// When and how fast a tier is sent.
struct TierPolicy {
  Duration every{0};  ///< at most so often; 0: at once
  std::optional<DayWindow> window = std::nullopt;
  std::optional<SendCondition> when = std::nullopt;
  std::uint64_t rate = 0;  ///< bytes a second on the wire; 0: no limit
};

/// What keeps a tier from being sent although something waits and the hub is there.
enum class Wait : std::uint8_t { none, clock, time_of_day, condition, budget, rate };
inline constexpr std::array waits{Wait::none,      Wait::clock,  Wait::time_of_day,
                                  Wait::condition, Wait::budget, Wait::rate};
[[nodiscard]] std::string_view to_string(Wait wait);

struct GateOptions {
  std::array<TierPolicy, telemetry::tier_count> tiers;
  std::uint64_t day_budget_bytes = 0;  ///< 0: no limit
  std::shared_ptr<const TimeZone> zone = std::make_shared<FixedZone>();
};

/// Says of each tier whether the configuration lets it go now. Without a budget left, critical
/// still goes, and counts.
class SendGate {
 public:
  /// Before this the wall clock was not set: windows of the day stay shut, and the budget's day is
  /// the one that it was.
  static constexpr Time clock_set{1'577'836'800'000'000'000};  // 2020-01-01

  explicit SendGate(GateOptions options);
  /// `now` is monotonic.
  [[nodiscard]] Wait check(telemetry::Tier tier, Time wall, Duration now, const LinkFacts& facts);
  /// The day of the budget.
  void enter(Time wall) {
    if (wall >= clock_set) budget_.enter(local_time(wall, *options_.zone).day);
  }
  /// What is no frame of a tier.
  void spend(std::uint64_t bytes, Time wall) {
    enter(wall);
    budget_.spend(bytes);
  }
  void sent(telemetry::Tier tier, std::uint64_t bytes, Time wall, Duration now);
  /// What the tier waits for, for people: `22:00`, `link.kind == wifi`; empty for Wait::none.
  [[nodiscard]] std::string describe(telemetry::Tier tier, Wait wait) const;
  /// When a rate lets the tier go again.
  [[nodiscard]] Duration next(telemetry::Tier tier, Duration now) const;
  [[nodiscard]] DayBudget& budget() { return budget_; }
  [[nodiscard]] const GateOptions& options() const { return options_; }

 private:
  [[nodiscard]] const TierPolicy& policy(telemetry::Tier tier) const {
    return options_.tiers[static_cast<std::size_t>(tier)];
  }

  GateOptions options_;
  DayBudget budget_;
  std::array<Pacer, telemetry::tier_count> pacers_;
};

}  // namespace wayside::link
