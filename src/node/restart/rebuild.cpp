#include "node/restart/rebuild.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "node/restart/asset_replay.hpp"
#include "node/restart/kept_records.hpp"

namespace wayside::node {
namespace {

/// Records from one look at `stop` to the next.
constexpr std::uint64_t stop_every = 256;

class Rebuilder {
 public:
  Rebuilder(const AgentConfig& config, Pipeline& pipeline, Horizon& horizon)
      : config_(config), pipeline_(pipeline), horizon_(horizon) {
    for (std::size_t a = 0; a < config.table.assets.size(); ++a) {
      index_.emplace(config.table.assets[a].name, a);
      const AssetId id{static_cast<std::uint32_t>(a)};
      assets_.emplace_back(id, config.table.kind_of(id));
    }
  }

  void remember(const std::vector<RememberedValue>& values) {
    for (const RememberedValue& value : values) {
      const auto found = index_.find(value.asset);
      if (found == index_.end()) continue;
      const AssetId id{static_cast<std::uint32_t>(found->second)};
      if (const auto signal = config_.table.kind_of(id).find(value.signal))
        assets_[found->second].remember(*signal, value);
    }
  }

  void take(const KeptRecords::Item& item) {
    const auto record = telemetry::decode(item.record.record);
    if (!record) return;
    horizon_.note(item.tier, item.record.seq, *record);
    if (const auto* block = std::get_if<telemetry::SampleBlock>(&*record)) return take(*block);
    // It was written behind the samples of its ticks.
    if (const auto* features = std::get_if<telemetry::FeatureBlock>(&*record))
      if (const auto found = index_.find(features->asset);
          found != index_.end() && !features->times.empty())
        assets_[found->second].release(std::ranges::max(features->times), pipeline_);
  }

  void finish(Rebuilt& rebuilt) {
    for (std::size_t a = 0; a < assets_.size(); ++a) {
      AssetReplay& asset = assets_[a];
      asset.finish(pipeline_);
      pipeline_.resume(AssetId{static_cast<std::uint32_t>(a)});
      if (asset.samples() == 0) continue;
      ++rebuilt.assets;
      rebuilt.samples += asset.samples();
      rebuilt.oldest = std::min(rebuilt.oldest, asset.oldest());
      rebuilt.newest = std::max(rebuilt.newest, asset.newest());
      const Duration windows = horizon_.span_of(config_.table.assets[a].kind).windows;
      if (asset.newest() - asset.oldest() >= windows) continue;
      ++rebuilt.short_assets;
      rebuilt.whole_at = std::max(rebuilt.whole_at, asset.oldest() + windows);
    }
  }

 private:
  void take(const telemetry::SampleBlock& block) {
    const auto found = index_.find(block.asset);
    if (found == index_.end()) return;
    const AssetId id{static_cast<std::uint32_t>(found->second)};
    if (const auto signal = config_.table.kind_of(id).find(block.signal))
      assets_[found->second].take(block, *signal, pipeline_);
  }

  const AgentConfig& config_;
  Pipeline& pipeline_;
  Horizon& horizon_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<AssetReplay> assets_;
};

}  // namespace

Status rebuild(const AgentConfig& config, const spool::Spool& spool,
               const spool::Retention& retention, const std::vector<RememberedValue>& remembered,
               Pipeline& pipeline, Horizon& horizon, const std::function<bool()>& stop,
               Rebuilt& rebuilt) {
  Rebuilder rebuilder(config, pipeline, horizon);
  rebuilder.remember(remembered);
  KeptRecords records(spool, retention.from);
  Status status;
  for (std::uint64_t n = 0; n % stop_every != 0 || !stop(); ++n) {
    const auto item = records.next();
    if (!item) status = tl::make_unexpected(item.error());
    if (!item || !*item) break;
    rebuilder.take(**item);
  }
  rebuilder.finish(rebuilt);
  horizon.ready();
  return status;
}

}  // namespace wayside::node
