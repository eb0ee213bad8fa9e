#include "train/hub_replay.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>

#include "features/program.hpp"
#include "features/reach.hpp"
#include "train/hub_samples.hpp"

namespace wayside::train {
namespace {

using Json = nlohmann::json;

constexpr std::size_t series_max = 100'000;

std::vector<std::string> used_signals(const features::Plan& plan) {
  std::vector<std::string> names;
  for (const features::PlannedSource& source : plan.program().sources) names.push_back(source.name);
  return names;
}

Time less(Time time, Duration span) {
  return time.ns < Time::min().ns + span.ns ? Time::min() : time - span;
}

Result<std::optional<Time>> time_of(const Json& value) {
  if (value.is_null()) return std::optional<Time>();
  if (!value.is_string()) return odd_reply("a time that is not text");
  const auto time = parse_time(value.get_ref<const std::string&>());
  if (!time) return odd_reply(time.error().message);
  return std::optional<Time>(*time);
}

}  // namespace

std::shared_ptr<const features::Plan> compile_ordered(
    const ReplaySchema::Kind& kind, const std::vector<features::Definition>& definitions) {
  features::PlanOptions options = kind.plan->options();
  // A tick is evaluated once something younger came, so that all of equal time are in.
  options.lateness = Duration{1};
  config::Diagnostics diagnostics;
  return features::Plan::compile(kind.kind, definitions, options, nullptr, diagnostics);
}

HubReplay::HubReplay(const HubApi& hub, HubReplayRequest request, Take take)
    : hub_(hub),
      request_(std::move(request)),
      take_(std::move(take)),
      signals_(used_signals(*request_.ordered_plan)) {
  schema_.kinds = {{request_.kind.kind, request_.ordered_plan}};
}

Status HubReplay::run() {
  for (std::size_t i = 0; i < request_.assets.size(); ++i)
    if (const Status done = replay(i); !done) return fail_in(request_.assets[i].name, done.error());
  return {};
}

/// From which on ticks are given.
Time HubReplay::first_tick(const Past& past) const {
  if (!request_.last_before || !past.before) return request_.from;
  const Duration every = request_.ordered_plan->options().every;
  return std::min(floor_to(*past.before, every), floor_to(request_.from, every));
}

Status HubReplay::replay(std::size_t index) {
  const HubAsset& asset = request_.assets[index];
  const auto past = past_of(asset);
  if (!past) return tl::make_unexpected(past.error());
  if (!past->any || past->earliest > request_.to) return {};
  const Time first = first_tick(*past);
  const Time start = less(first, features::reach_of(*request_.ordered_plan));
  schema_.assets = {{asset.name, 0}};
  Replay replay(schema_, [&](std::size_t, Time tick, std::span<const double> values) {
    if (tick < first || tick > request_.to) return Status{};
    ++counters_.ticks;
    return take_(index, tick, values);
  });
  // Ticks begin with the asset's first sample of any signal and go on to its newest. Of signals
  // that no feature uses these two moments are all that matters.
  const auto mark = [&replay](Time time) {
    return replay.push(0, SignalId{0}, time, 0, telemetry::Quality::bad);
  };
  if (const Status pushed = push_last(asset, start, replay); !pushed) return pushed;
  if (const Status marked = mark(std::max(past->earliest, start)); !marked) return marked;
  if (const Status pushed = push_pages(asset, start, request_.to, signals_, replay); !pushed)
    return pushed;
  if (const Status marked = mark(std::min(past->newest, request_.to)); !marked) return marked;
  return replay.finish();
}

Result<HubReplay::Past> HubReplay::past_of(const HubAsset& asset) const {
  const auto reply = hub_.query(
      fmt::format("select min(case when quality <> 'late' then time end), max(time), max(case when "
                  "time < {} then time end) from samples where node = {} and asset = {}",
                  sql_text(format_time(request_.from)), sql_text(asset.node), sql_text(asset.name)),
      3, 1);
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->rows.size() != 1) return odd_reply("not one row of smallest and largest");
  std::array<std::optional<Time>, 3> times;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto time = time_of(reply->rows[0][i]);
    if (!time) return tl::make_unexpected(time.error());
    times[i] = *time;
  }
  if (!times[0] || !times[1]) return Past{};
  return Past{true, *times[0], *times[1], times[2]};
}

/// Of the signals of a `lag` the last values before the first page, however old, one of each
/// version.
Status HubReplay::push_last(const HubAsset& asset, Time start, Replay& replay) {
  std::vector<std::string> lagged;
  for (const SignalId signal : features::lagged_signals(*request_.ordered_plan))
    lagged.push_back(request_.kind.kind[signal].name);
  if (lagged.empty()) return {};
  const auto reply = hub_.query(
      fmt::format("select signal, version, max(time) from samples where node = {} and asset = {} "
                  "and signal in {} and quality = 'good' and time < {} group by signal, version "
                  "order by 3",
                  sql_text(asset.node), sql_text(asset.name), sql_list(lagged),
                  sql_text(format_time(start))),
      3, series_max);
  if (!reply) return tl::make_unexpected(reply.error());
  for (const Json& row : reply->rows) {
    const auto time = time_of(row[2]);
    if (!time) return tl::make_unexpected(time.error());
    if (!row[0].is_string() || !*time) return odd_reply("a signal without a name or a time");
    if (const Status pushed =
            push_pages(asset, **time, **time, {row[0].get<std::string>()}, replay);
        !pushed)
      return pushed;
  }
  return {};
}

Status HubReplay::push_pages(const HubAsset& asset, Time from, Time to,
                             const std::vector<std::string>& signals, Replay& replay) {
  if (signals.empty()) return {};
  HubSamples pages(hub_, schema_, asset.node, asset.name, signals, from, to);
  for (;;) {
    auto page = pages.next_page();
    if (!page) return tl::make_unexpected(page.error());
    if (!*page) return {};
    SampleRow row;
    for (;;) {
      const auto more = (*page)->next(row);
      if (!more) return tl::make_unexpected(more.error());
      if (!*more) break;
      ++counters_.samples;
      if (row.quality == telemetry::Quality::late) {
        ++counters_.late;
        continue;
      }
      if (row.quality != telemetry::Quality::good) ++counters_.left_out;
      if (const Status pushed =
              replay.push(row.asset, row.signal, row.time, row.value, row.quality, row.version);
          !pushed)
        return pushed;
    }
  }
}

}  // namespace wayside::train
