#include "node/restart/restart.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "node/restart/past.hpp"
#include "node/restart/rebuild.hpp"

namespace wayside::node {

Restart::Restart(const AgentConfig& config, spool::Spool& spool, OpenAlerts& alerts,
                 Pipeline& pipeline, Horizon& horizon, const Clock& clock, Log log)
    : config_(config),
      spool_(spool),
      alerts_(alerts),
      pipeline_(pipeline),
      horizon_(horizon),
      clock_(clock),
      log_(std::move(log)) {}

/// Nothing is known of earlier runs: what comes from now on is kept.
void Restart::keep_from_here() {
  kept_.reset();
  spool::Retention from;
  for (const telemetry::Tier tier : telemetry::all_tiers)
    from.from[static_cast<std::size_t>(tier)] = spool_.durable(tier) + 1;
  from.note = encode_remembered({});
  horizon_.begin(from, {});
  horizon_.ready();
  spool_.retain(std::move(from));
}

void Restart::restore_open() {
  for (const auto& [key, alert] : alerts_.all()) {
    const auto asset = config_.table.find(key.first);
    if (!asset) continue;
    const auto& rules = config_.kind_of(*asset).rules;
    for (std::size_t r = 0; r < rules.size(); ++r)
      if (rules[r].name == key.second) pipeline_.restore_alert(*asset, r, alert.event.time);
  }
}

void Restart::recall(bool anew) {
  if (const auto loaded = alerts_.load(); !loaded)
    log_.error("alerts that were open before this start are not known: {}", loaded.error().message);
  kept_ = spool_.retention();
  Result<Past> past = fail(Errc::not_found, "");
  if (kept_ && !anew) past = read_past(config_, spool_, *kept_, alerts_);
  if (!past) {
    if (kept_ && !anew)
      log_.error("windows begin empty, for the spool cannot be read: {}", past.error().message);
    keep_from_here();
    restore_open();
    return;
  }
  missing_ = past->missing;
  whole_from_ = past->whole_from;
  for (const Past::Raised& raised : past->raised)
    pipeline_.restore_alert(raised.asset, raised.rule, raised.at);
  for (std::size_t a = 0; a < past->assets.size(); ++a) {
    pipeline_.begin_after(AssetId{static_cast<std::uint32_t>(a)}, std::move(past->assets[a]),
                          horizon_.span_of(config_.table.assets[a].kind).judging);
  }
  if (auto remembered = decode_remembered(kept_->note))
    remembered_ = std::move(*remembered);
  else
    log_.warn("values from before the kept samples are not known: {}", remembered.error().message);
  horizon_.begin(*kept_, remembered_);
}

void Restart::rebuild(const std::function<bool()>& stop,
                      const std::function<void(telemetry::Event)>& post) {
  if (!kept_) return;
  const Duration began = clock_.monotonic();
  Rebuilt rebuilt;
  const auto read =
      node::rebuild(config_, spool_, *kept_, remembered_, pipeline_, horizon_, stop, rebuilt);
  if (!read) log_.error("not all that is kept can be read: {}", read.error().message);
  remembered_ = {};
  tell(rebuilt, clock_.monotonic() - began, post);
}

void Restart::tell(const Rebuilt& rebuilt, Duration took,
                   const std::function<void(telemetry::Event)>& post) {
  if (rebuilt.samples == 0) return;
  log_.info("windows of {} assets rebuilt from {} samples, {} to {}, in {}", rebuilt.assets,
            rebuilt.samples, format_time(rebuilt.oldest), format_time(rebuilt.newest),
            format_duration(Duration{took.ns / 1'000'000 * 1'000'000}));
  const bool first_run = std::ranges::all_of(kept_->from, [](auto n) { return n <= 1; });
  std::string text;
  if (missing_ > 0)
    text = fmt::format(
        "{} records of the time that windows reach back to are no longer kept, the last of them "
        "from before {}",
        missing_, format_time(*whole_from_));
  else if (rebuilt.short_assets > 0 && !first_run)
    text = fmt::format(
        "of {} assets less is kept than their windows reach back; they are whole "
        "from {} on",
        rebuilt.short_assets, format_time(rebuilt.whole_at));
  if (text.empty()) return;
  log_.warn("windows are not whole after this start: {}", text);
  post({"", "windows_incomplete", clock_.now(), telemetry::Severity::warning, text, "{}"});
}

}  // namespace wayside::node
