#include "link/send_gate.hpp"

#include <fmt/format.h>

namespace wayside::link {

using telemetry::Tier;

std::string_view to_string(Wait wait) {
  constexpr std::array<std::string_view, waits.size()> names{"none",      "clock",  "time_of_day",
                                                             "condition", "budget", "rate"};
  return names[static_cast<std::size_t>(wait)];
}

SendGate::SendGate(GateOptions options)
    : options_(std::move(options)), budget_(options_.day_budget_bytes) {
  for (const Tier tier : telemetry::all_tiers)
    pacers_[static_cast<std::size_t>(tier)] = Pacer(policy(tier).rate);
}

Wait SendGate::check(Tier tier, Time wall, Duration now, const LinkFacts& facts) {
  enter(wall);
  const TierPolicy& rules = policy(tier);
  if (rules.when && !rules.when->holds(facts)) return Wait::condition;
  if (rules.window) {
    if (wall < clock_set) return Wait::clock;
    if (!rules.window->contains(local_time(wall, *options_.zone).time_of_day))
      return Wait::time_of_day;
  }
  if (tier != Tier::critical && budget_.level() == DayBudget::Level::spent) return Wait::budget;
  return pacers_[static_cast<std::size_t>(tier)].ready(now) ? Wait::none : Wait::rate;
}

void SendGate::sent(Tier tier, std::uint64_t bytes, Time wall, Duration now) {
  spend(bytes, wall);
  pacers_[static_cast<std::size_t>(tier)].sent(bytes, now);
}

std::string SendGate::describe(Tier tier, Wait wait) const {
  const TierPolicy& rules = policy(tier);
  switch (wait) {
    case Wait::none:
      return {};
    case Wait::clock:
      return fmt::format("{}: the clock is not set", format_time_of_day(rules.window->from));
    case Wait::time_of_day:
      return format_time_of_day(rules.window->from);
    case Wait::condition:
      return rules.when->text();
    case Wait::budget:
      return "midnight: the day's budget is spent";
    case Wait::rate:
      return fmt::format("its rate of {} bytes a second", rules.rate);
  }
  return {};
}

Duration SendGate::next(Tier tier, Duration now) const {
  return pacers_[static_cast<std::size_t>(tier)].next(now);
}

}  // namespace wayside::link
