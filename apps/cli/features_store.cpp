#include "features_store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <optional>
#include <set>

#include "table/csv_reader.hpp"
#include "table/duckdb/table_file.hpp"
#include "train/backfill.hpp"
#include "train/export_features.hpp"

namespace wayside::cli {
namespace {

std::vector<train::Backfill::Column> columns_of(const features::Plan& plan,
                                                const std::vector<std::string>& wanted) {
  std::vector<train::Backfill::Column> columns;
  if (wanted.empty())
    for (std::size_t i = 0; i < plan.names().size(); ++i) columns.push_back({i, plan.names()[i]});
  for (const std::string& name : wanted) {
    const auto found = plan.find(name);
    if (!found)
      give_up(fmt::format("the kind has no feature '{}'; it has {}", name,
                          fmt::join(plan.names(), ", ")));
    columns.push_back({*found, name});
  }
  return columns;
}

/// A training table names assets alone.
void refuse_twins(const std::vector<train::HubAsset>& assets) {
  for (std::size_t i = 1; i < assets.size(); ++i)
    if (assets[i].name == assets[i - 1].name)
      give_up(fmt::format("asset '{}' is at two nodes, {} and {}: export the others with --asset",
                          assets[i].name, assets[i - 1].node, assets[i].node));
}

void note_other_definitions(const train::HubReplayRequest& request) {
  std::set<std::string> others;
  for (const train::HubAsset& asset : request.assets)
    if (!asset.features_digest.empty() && asset.features_digest != request.kind.plan->digest())
      others.insert(asset.node);
  if (others.empty()) return;
  fmt::print(stderr,
             "wayside: note: {} {} other features at present than this configuration defines "
             "(digest {})\n",
             fmt::join(others, ", "), others.size() == 1 ? "computes" : "compute",
             request.kind.plan->digest());
}

/// Unless they are given, the period is the labels'.
void take_period_of(const train::Labels& labels, HubPeriod& period) {
  if (period.from.empty()) {
    period.from = format_time(labels.first());
    period.to = format_time(labels.last());
  }
}

/// Labels outside of the period and of assets that are not exported.
std::uint64_t drop_labels(train::Labels& labels, const train::HubReplayRequest& request) {
  std::set<std::string> assets;
  for (const train::HubAsset& asset : request.assets) assets.insert(asset.name);
  std::uint64_t dropped = 0;
  for (auto& [asset, rows] : labels.rows) {
    const bool wanted = assets.contains(asset);
    dropped += std::erase_if(rows, [&](const train::Labels::Row& row) {
      return !wanted || row.time < request.from || row.time > request.to;
    });
  }
  std::erase_if(labels.rows, [](const auto& entry) { return entry.second.empty(); });
  return dropped;
}

}  // namespace

void backfill_features(const FeaturesBackfillOptions& options) {
  const FeaturesConfig config = load_features_config(options.config);
  check_kind(config, options.period.kind);
  HubPlan plan = resolve(config, options.period);
  const train::HubReplayRequest& request = plan.kinds.front();
  train::Backfill backfill(plan.hub, request.assets,
                           columns_of(*request.kind.plan, options.features));
  train::HubReplay replay(plan.hub, request,
                          [&](std::size_t asset, Time tick, std::span<const double> values) {
                            return backfill.take(asset, tick, values);
                          });
  or_give_up(replay.run());
  or_give_up(backfill.finish());
  fmt::print(stderr, "{}\n{} assets, {} values written, {} replaced\n", describe(replay.counters()),
             backfill.counters().assets, backfill.counters().written, backfill.counters().removed);
}

void export_features(FeaturesExportOptions options) {
  const FeaturesConfig config = load_features_config(options.config);
  check_kind(config, options.period.kind);
  std::optional<train::Labels> labels;
  if (!options.labels.empty()) {
    labels = or_give_up(
        train::read_labels(or_give_up(table::CsvReader::open(options.labels)), options.labels));
    take_period_of(*labels, options.period);
  }
  HubPlan plan = resolve(config, options.period);
  train::HubReplayRequest& request = plan.kinds.front();
  refuse_twins(request.assets);
  note_other_definitions(request);
  request.last_before = labels.has_value();
  const std::uint64_t dropped = labels ? drop_labels(*labels, request) : 0;
  const std::vector<std::string>& names = request.kind.plan->names();
  const auto& definitions =
      config.agent.kinds[*config.schema.find_kind(options.period.kind)].definitions;
  const auto writer = or_give_up(table::create_table_file(
      options.output, train::TrainingTable::columns(names, labels ? &*labels : nullptr),
      train::training_metadata(request.kind, definitions, plan.from, plan.to)));
  train::TrainingTable table(*writer, names.size(), labels ? &*labels : nullptr);
  train::HubReplay replay(plan.hub, request,
                          [&](std::size_t asset, Time tick, std::span<const double> values) {
                            return table.take(request.assets[asset].name, tick, values);
                          });
  or_give_up(replay.run());
  or_give_up(table.finish());
  or_give_up(writer->finish());
  fmt::print(stderr, "{}\n{}: {} rows", describe(replay.counters()), options.output,
             table.counters().rows);
  if (table.counters().without_tick > 0)
    fmt::print(stderr, ", {} of them before their asset's first tick",
               table.counters().without_tick);
  if (dropped > 0) fmt::print(stderr, "; {} labels of other assets or times left out", dropped);
  fmt::print(stderr, "\nfeatures digest {}\n", request.kind.plan->digest());
}

}  // namespace wayside::cli
