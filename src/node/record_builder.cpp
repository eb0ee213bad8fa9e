#include "node/record_builder.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "node/record_text.hpp"

namespace wayside::node {
namespace {

using telemetry::FeatureBlock;
using telemetry::SampleBlock;

/// Reads a message piece by piece.
class MessageReader {
 public:
  explicit MessageReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
  T read() {
    T out;
    WAYSIDE_ASSERT(bytes_.size() >= sizeof out, "a message shorter than its row");
    std::memcpy(&out, bytes_.data(), sizeof out);
    bytes_ = bytes_.subspan(sizeof out);
    return out;
  }
  /// The ring aligns messages, and rows are multiples of 8 bytes long.
  std::span<const double> doubles(std::size_t n) {
    WAYSIDE_ASSERT(bytes_.size() >= n * sizeof(double), "a message shorter than its values");
    const std::span out(reinterpret_cast<const double*>(bytes_.data()), n);
    bytes_ = bytes_.subspan(n * sizeof(double));
    return out;
  }

 private:
  std::span<const std::byte> bytes_;
};

static_assert(sizeof(MessageHeader) % 8 == 0 && sizeof(FeatureRow) % 8 == 0 &&
              sizeof(DecisionRow) % 8 == 0);

}  // namespace

RecordBuilder::RecordBuilder(const AgentConfig& config, Emit emit)
    : config_(config), emit_(std::move(emit)) {
  for (const AssetTable::Asset& asset : config.table.assets) {
    Asset& out = assets_.emplace_back();
    for (const telemetry::Signal& signal : config.table.kinds[asset.kind].signals)
      out.signals.emplace_back(SampleBlock{asset.name, signal.name, signal.version, {}, {}, {}});
    const KindConfig& kind = config.kinds[asset.kind];
    FeatureBlock features{asset.name, {}, {}, {}};
    if (kind.plan) features.names = kind.plan->names();
    out.features = std::move(features);
  }
}

void RecordBuilder::take(std::span<const std::byte> message) {
  MessageReader reader(message);
  const auto header = reader.read<MessageHeader>();
  switch (header.type) {
    case MessageHeader::Type::sample:
      return take_sample(reader.read<telemetry::Sample>());
    case MessageHeader::Type::features: {
      const auto row = reader.read<FeatureRow>();
      return take_features(row, reader.doubles(header.inputs));
    }
    case MessageHeader::Type::decision: {
      const auto row = reader.read<DecisionRow>();
      const auto inputs = reader.doubles(header.inputs);
      const auto outputs = reader.doubles(header.outputs);
      const auto contributions = reader.doubles(header.contributions);
      return emit_(telemetry::Tier::diagnostic,
                   make_decision(config_, row, inputs, outputs, contributions));
    }
    case MessageHeader::Type::alert: {
      const auto row = reader.read<AlertRow>();
      return emit_(config_.kind_of(row.asset).rules[row.rule].tier, make_alert(config_, row));
    }
    case MessageHeader::Type::model_change:
      return emit_(telemetry::Tier::diagnostic,
                   make_model_change(config_, reader.read<ModelChangeRow>()));
  }
}

void RecordBuilder::take_sample(const telemetry::Sample& sample) {
  auto& block = std::get<SampleBlock>(assets_[sample.asset.index()].signals[sample.signal.index()]);
  if (block.times.empty()) {
    const bool critical =
        config_.table.kind_of(sample.asset)[sample.signal].tier == telemetry::Tier::critical;
    (critical ? begun_critical_ : begun_signals_)
        .push_back({sample.asset.value, sample.signal.value});
  }
  block.times.push_back(sample.time);
  block.values.push_back(sample.value);
  block.qualities.push_back(sample.quality);
  // Full: goes now. It stays among those begun, where `flush` finds it empty or begun again.
  if (block.times.size() == block_samples_max)
    flush_signal(sample.asset.index(), sample.signal.index());
}

void RecordBuilder::take_features(const FeatureRow& row, std::span<const double> values) {
  auto& block = std::get<FeatureBlock>(assets_[row.asset.index()].features);
  if (block.times.empty()) begun_features_.push_back(row.asset.value);
  block.times.push_back(row.time);
  block.values.insert(block.values.end(), values.begin(), values.end());
  if (block.values.size() + values.size() <= block_values_max) return;
  flush_signals(row.asset.index());
  flush_features(row.asset.index());
}

void RecordBuilder::flush_signals(std::size_t asset) {
  for (std::size_t signal = 0; signal < assets_[asset].signals.size(); ++signal)
    flush_signal(asset, signal);
}

void RecordBuilder::flush_signal(std::size_t asset, std::size_t signal) {
  telemetry::Record& record = assets_[asset].signals[signal];
  auto& block = std::get<SampleBlock>(record);
  if (block.times.empty()) return;
  emit_(config_.table.kinds[config_.table.assets[asset].kind].signals[signal].tier, record);
  block.times.clear();
  block.values.clear();
  block.qualities.clear();
}

void RecordBuilder::flush_features(std::size_t asset) {
  telemetry::Record& record = assets_[asset].features;
  auto& block = std::get<FeatureBlock>(record);
  if (block.times.empty()) return;
  emit_(telemetry::Tier::diagnostic, record);
  block.times.clear();
  block.values.clear();
}

void RecordBuilder::flush_critical() {
  for (const Begun& begun : begun_critical_) flush_signal(begun.asset, begun.signal);
  begun_critical_.clear();
}

void RecordBuilder::flush() {
  flush_critical();
  for (const Begun& begun : begun_signals_) flush_signal(begun.asset, begun.signal);
  for (const std::uint32_t asset : begun_features_) flush_features(asset);
  begun_signals_.clear();
  begun_features_.clear();
}

}  // namespace wayside::node
