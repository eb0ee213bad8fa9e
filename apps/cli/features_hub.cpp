#include "features_hub.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <algorithm>
#include <tuple>

#include "base/os/system_clock.hpp"
#include "train/moment.hpp"

namespace wayside::cli {
namespace {

Time moment(const char* option, const std::string& text, Time now) {
  const auto time = train::parse_moment(text, now);
  if (!time) give_up(fmt::format("{}: {}", option, time.error().message));
  return *time;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<train::HubAsset> assets_of(const std::vector<train::HubAsset>& known,
                                       const std::string& kind,
                                       const std::vector<std::string>& wanted) {
  std::vector<train::HubAsset> chosen;
  for (const train::HubAsset& asset : known)
    if (asset.kind == kind && (wanted.empty() || contains(wanted, asset.name)))
      chosen.push_back(asset);
  std::sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.node) < std::tie(b.name, b.node);
  });
  return chosen;
}

/// Every asset that was named is one that is replayed.
void check_assets(const HubPeriod& period, const HubPlan& plan) {
  for (const std::string& name : period.assets) {
    const auto has = [&](const train::HubReplayRequest& request) {
      return std::any_of(request.assets.begin(), request.assets.end(),
                         [&](const train::HubAsset& asset) { return asset.name == name; });
    };
    if (std::none_of(plan.kinds.begin(), plan.kinds.end(), has))
      give_up(fmt::format("the hub knows no asset '{}' of {}", name,
                          period.kind.empty() ? "a kind with features" : "kind " + period.kind));
  }
  const auto empty = [](const train::HubReplayRequest& request) { return request.assets.empty(); };
  if (std::all_of(plan.kinds.begin(), plan.kinds.end(), empty))
    give_up("the hub knows no asset of " +
            (period.kind.empty() ? "this configuration's kinds" : "kind " + period.kind));
}

}  // namespace

void HubPeriod::add_to(CLI::App& command) {
  command.add_option("--from", from, "start: RFC 3339, an epoch, or before now (-6h)");
  command.add_option("--to", to, "end, likewise")->capture_default_str();
  command.add_option("--asset", assets, "these assets alone (default: all of the kind)")
      ->delimiter(',');
}

HubPlan resolve(const FeaturesConfig& config, const HubPeriod& period) {
  const Time now = os::SystemClock().now();
  HubPlan plan{train::HubApi(period.hub),
               moment("--from", period.from, now),
               moment("--to", period.to, now),
               {}};
  if (plan.from > plan.to) give_up("--from is later than --to");
  const auto known = train::hub_assets(plan.hub);
  if (!known) give_up(known.error().message);
  for (std::size_t k = 0; k < config.schema.kinds.size(); ++k) {
    const train::ReplaySchema::Kind& kind = config.schema.kinds[k];
    if (!kind.plan || (!period.kind.empty() && kind.kind.name != period.kind)) continue;
    plan.kinds.push_back({kind, train::compile_ordered(kind, config.agent.kinds[k].definitions),
                          assets_of(*known, kind.kind.name, period.assets), plan.from, plan.to,
                          false});
  }
  check_assets(period, plan);
  return plan;
}

std::string describe(const train::HubReplayCounters& counters) {
  return fmt::format("{} samples: {} late, {} left out (not good, not finite); {} ticks",
                     counters.samples, counters.late, counters.left_out, counters.ticks);
}

}  // namespace wayside::cli
