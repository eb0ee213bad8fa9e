#include "features_run.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/os/system_clock.hpp"
#include "features_config.hpp"
#include "hub_client.hpp"
#include "table/csv_reader.hpp"
#include "train/feature_csv.hpp"
#include "train/sample_rows.hpp"

namespace wayside::cli {
namespace {

std::string summary(const train::Replay::Counters& replay, const train::SampleRows::Counters& rows,
                    std::uint64_t values, Duration took) {
  const features::AssetEngine::Counters& engine = replay.engine;
  std::string text = fmt::format("{} samples: {} late, {} left out (not good, not finite)",
                                 replay.samples, engine.late, engine.left_out);
  const std::pair<std::uint64_t, const char*> rare[] = {
      {engine.unordered, "summed out of order"},
      {engine.version_changes, "changes of version"},
      {engine.coarsened, "panes with coarser quantiles"},
      {engine.crowded_out, "of a waveform faster than its rate"},
      {engine.lost_pairs, "without their partner in time"},
      {rows.unknown, "rows of unknown names skipped"},
      {rows.elsewhere, "rows of other kinds"}};
  for (const auto& [count, what] : rare)
    if (count > 0) text += fmt::format("; {} {}", count, what);
  text += fmt::format("\n{} ticks, {} values", replay.ticks, values);
  if (engine.skipped_ticks > 0)
    text += fmt::format(", {} empty ticks skipped", engine.skipped_ticks);
  return text +
         fmt::format("\n{:.2f} million samples/s, ",
                     static_cast<double>(replay.samples) / std::max(took.seconds(), 1e-9) * 1e-6);
}

std::string run_file(const FeaturesConfig& config, const FeaturesRunOptions& options) {
  const os::SystemClock clock;
  const Duration start = clock.monotonic();
  auto rows = or_give_up(
      train::SampleRows::begin(or_give_up(table::CsvReader::open(options.input)), config.schema,
                               {options.input == "-" ? "standard input" : options.input,
                                options.skip_unknown, options.period.kind}));
  auto out = or_give_up(train::FeatureCsv::create(options.output, config.schema));
  train::Replay replay(config.schema,
                       [&out](std::size_t asset, Time tick, std::span<const double> values) {
                         return out.write(asset, tick, values);
                       });
  train::SampleRow row;
  while (or_give_up(rows.next(row)))
    or_give_up(replay.push(row.asset, row.signal, row.time, row.value, row.quality, row.version));
  or_give_up(replay.finish());
  or_give_up(out.finish());
  return summary(replay.counters(), rows.counters(), out.rows(), clock.monotonic() - start);
}

std::string run_hub(const FeaturesConfig& config, const FeaturesRunOptions& options) {
  HubPlan plan = resolve(config, options.period);
  train::ReplaySchema schema{config.schema.kinds, {}};
  for (const train::HubReplayRequest& request : plan.kinds)
    for (const train::HubAsset& asset : request.assets)
      schema.assets.push_back({asset.name, *schema.find_kind(request.kind.kind.name)});
  auto out = or_give_up(train::FeatureCsv::create(options.output, schema));
  std::string text;
  std::size_t first = 0;  // of the kind's assets
  for (const train::HubReplayRequest& request : plan.kinds) {
    train::HubReplay replay(plan.hub, request,
                            [&](std::size_t asset, Time tick, std::span<const double> values) {
                              return out.write(first + asset, tick, values);
                            });
    or_give_up(replay.run());
    first += request.assets.size();
    text += fmt::format("{}: {}\n", request.kind.kind.name, describe(replay.counters()));
  }
  or_give_up(out.finish());
  return text;
}

}  // namespace

void run_features(const FeaturesRunOptions& options) {
  const FeaturesConfig config = load_features_config(options.config);
  check_kind(config, options.period.kind);
  const os::SystemClock clock;
  const Duration start = clock.monotonic();
  const std::string text =
      options.input.empty() ? run_hub(config, options) : run_file(config, options);
  std::fputs(text.c_str(), stderr);
  fmt::print(stderr, "{:.2f} s\n", (clock.monotonic() - start).seconds());
}

}  // namespace wayside::cli
