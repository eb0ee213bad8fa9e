#include "train/export_features.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/version.hpp"

namespace wayside::train {
namespace {

constexpr std::size_t asset_column = 0;
constexpr std::size_t time_column = 1;
constexpr std::size_t tick_column = 2;
constexpr std::size_t first_feature = 3;

}  // namespace

std::vector<table::Column> TrainingTable::columns(const std::vector<std::string>& features,
                                                  const Labels* labels) {
  std::vector<table::Column> columns{
      {"asset", table::Type::text}, {"time", table::Type::time}, {"tick", table::Type::time}};
  for (const std::string& name : features) columns.push_back({name, table::Type::number});
  if (labels != nullptr)
    columns.insert(columns.end(), labels->columns.begin(), labels->columns.end());
  return columns;
}

TrainingTable::TrainingTable(table::TableWriter& writer, std::size_t features, const Labels* labels)
    : writer_(writer), features_(features), labels_(labels), values_(features) {}

Status TrainingTable::take(const std::string& asset, Time tick, std::span<const double> values) {
  if (asset != asset_)
    if (const Status begun = begin(asset); !begun) return begun;
  if (const Status put = put_labels(tick); !put) return put;
  tick_ = tick;
  std::copy(values.begin(), values.end(), values_.begin());
  return labels_ == nullptr ? put_row(asset, nullptr) : Status{};
}

Status TrainingTable::begin(const std::string& asset) {
  if (const Status ended = end_asset(); !ended) return ended;
  asset_ = asset;
  done_.push_back(asset);
  if (labels_ == nullptr) return {};
  const auto found = labels_->rows.find(asset);
  rows_ = found == labels_->rows.end() ? nullptr : &found->second;
  next_ = 0;
  return {};
}

Status TrainingTable::end_asset() {
  const Status put = put_labels(std::nullopt);
  rows_ = nullptr;
  tick_.reset();
  return put;
}

Status TrainingTable::put_labels(std::optional<Time> end) {
  for (; rows_ != nullptr && next_ < rows_->size() && (!end || (*rows_)[next_].time < *end);
       ++next_)
    if (const Status put = put_row(asset_, &(*rows_)[next_]); !put) return put;
  return {};
}

Status TrainingTable::put_row(const std::string& asset, const Labels::Row* label) {
  writer_.set_text(asset_column, asset);
  writer_.set_time(time_column, label != nullptr ? label->time : *tick_);
  if (tick_) {
    writer_.set_time(tick_column, *tick_);
    for (std::size_t i = 0; i < features_; ++i) writer_.set_number(first_feature + i, values_[i]);
  } else {
    ++counters_.without_tick;
  }
  if (label != nullptr) labels_->write(*label, first_feature + features_, writer_);
  ++counters_.rows;
  return writer_.end_row();
}

Status TrainingTable::finish() {
  if (const Status ended = end_asset(); !ended) return ended;
  if (labels_ == nullptr) return {};
  for (const auto& [asset, rows] : labels_->rows) {
    if (std::find(done_.begin(), done_.end(), asset) != done_.end()) continue;
    for (const Labels::Row& row : rows)
      if (const Status put = put_row(asset, &row); !put) return put;
  }
  return {};
}

table::Metadata training_metadata(const ReplaySchema::Kind& kind,
                                  const std::vector<features::Definition>& definitions, Time from,
                                  Time to) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < definitions.size(); ++i)
    list.push_back({{"name", definitions[i].name},
                    {"expression", definitions[i].expression},
                    {"unit", kind.plan->units()[i]},
                    {"digest", kind.plan->feature_digests()[i]}});
  const features::PlanOptions& options = kind.plan->options();
  table::Metadata metadata{
      {table_key::version, version},
      {table_key::kind, kind.kind.name},
      {table_key::features_digest, kind.plan->digest()},
      {table_key::features, list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)},
      {table_key::every, format_duration(options.every)},
      {table_key::lateness, format_duration(options.lateness)},
      {table_key::from, format_time(from)},
      {table_key::to, format_time(to)}};
  if (options.idle) metadata[table_key::idle] = format_duration(*options.idle);
  return metadata;
}

}  // namespace wayside::train
