#include "train/backfill.hpp"

namespace wayside::train {
namespace {

using Json = nlohmann::json;

/// A hub takes requests of 1 MiB. A time has at most 32 characters, a value 25, beside quotes and
/// commas.
constexpr std::size_t request_bytes_max = 900'000;
constexpr std::size_t time_bytes = 38;
constexpr std::size_t value_bytes = 26;

}  // namespace

Backfill::Backfill(const HubApi& hub, const std::vector<HubAsset>& assets,
                   std::vector<Column> columns)
    : hub_(hub), assets_(assets), columns_(std::move(columns)) {}

Status Backfill::take(std::size_t asset, Time tick, std::span<const double> values) {
  if (asset_ != asset) {
    if (const Status sent = send(); !sent) return sent;
    asset_ = asset;
    from_ = tick;
    ++counters_.assets;
  }
  times_.push_back(tick);
  for (const Column& column : columns_) values_.push_back(values[column.value]);
  const std::size_t bytes = times_.size() * time_bytes + values_.size() * value_bytes;
  return bytes < request_bytes_max ? Status{} : send();
}

Status Backfill::send() {
  if (times_.empty()) return {};
  const HubAsset& asset = assets_[*asset_];
  Json names = Json::array();
  for (const Column& column : columns_) names.push_back(column.name);
  Json times = Json::array();
  Json rows = Json::array();
  for (std::size_t i = 0; i < times_.size(); ++i) {
    times.push_back(format_time(times_[i]));
    Json row = Json::array();
    for (std::size_t c = 0; c < columns_.size(); ++c)
      row.push_back(values_[i * columns_.size() + c]);  // NaN is written as null
    rows.push_back(std::move(row));
  }
  const auto reply = hub_.post("/api/v1/features", {{"node", asset.node},
                                                    {"asset", asset.name},
                                                    {"from", format_time(from_)},
                                                    {"to", format_time(times_.back())},
                                                    {"names", std::move(names)},
                                                    {"times", std::move(times)},
                                                    {"values", std::move(rows)}});
  if (!reply) return tl::make_unexpected(reply.error());
  const auto removed = reply->find("removed");
  const auto written = reply->find("written");
  if (removed == reply->end() || written == reply->end() || !removed->is_number_unsigned() ||
      !written->is_number_unsigned())
    return odd_reply("it does not say what was replaced");
  counters_.removed += removed->get<std::uint64_t>();
  counters_.written += written->get<std::uint64_t>();
  from_ = times_.back() + Duration{1};
  times_.clear();
  values_.clear();
  return {};
}

}  // namespace wayside::train
