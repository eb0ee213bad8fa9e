#include "telemetry/record.hpp"

#include <array>
#include <type_traits>

#include "base/assert.hpp"
#include "telemetry/codec/block.hpp"
#include "telemetry/protobuf.hpp"
#include "telemetry/utf8.hpp"
#include "wayside/v1/wire.pb.h"

namespace wayside::telemetry {
namespace {

tl::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "record: {}", what);
}

static_assert(SampleBlock::samples_max == codec::samples_max);

void write(const SampleBlock& block, codec::Level level, v1::Record& out) {
  auto& samples = *out.mutable_samples();
  samples.set_asset(well_formed_utf8(block.asset));
  samples.set_signal(well_formed_utf8(block.signal));
  samples.set_version(block.version);
  codec::encode_block(block.times, block.values, block.qualities, *samples.mutable_block(), level);
}

void write(const FeatureBlock& block, v1::Record& out) {
  WAYSIDE_ASSERT(block.values.size() == block.names.size() * block.times.size(),
                 "a feature block has a value for every name at every time");
  auto& features = *out.mutable_features();
  features.set_asset(well_formed_utf8(block.asset));
  for (const auto& name : block.names) features.add_names(well_formed_utf8(name));
  if (!block.times.empty()) features.set_first_time(block.times[0].ns);
  for (std::size_t i = 1; i < block.times.size(); ++i)
    features.add_time_deltas((block.times[i] - block.times[i - 1]).ns);
  features.mutable_values()->Add(block.values.begin(), block.values.end());
}

void write(const Decision& decision, v1::Record& out) {
  auto& to = *out.mutable_decision();
  to.set_asset(well_formed_utf8(decision.asset));
  to.set_model(well_formed_utf8(decision.model));
  to.set_release(well_formed_utf8(decision.release));
  to.set_time(decision.time.ns);
  to.set_score(decision.score);
  to.set_class_(well_formed_utf8(decision.label));
  to.set_confidence(decision.confidence);
  to.set_latency_us(decision.latency_us);
  to.set_action(well_formed_utf8(decision.action));
  to.set_inputs_json(well_formed_utf8(decision.inputs_json));
}

void write(const Event& event, v1::Record& out) {
  auto& to = *out.mutable_event();
  to.set_asset(well_formed_utf8(event.asset));
  to.set_kind(well_formed_utf8(event.kind));
  to.set_time(event.time.ns);
  to.set_severity(static_cast<v1::Severity>(event.severity));
  to.set_text(well_formed_utf8(event.text));
  to.set_data_json(well_formed_utf8(event.data_json));
}

void write(const Health& health, v1::Record& out) {
  WAYSIDE_ASSERT(health.metrics.size() == health.values.size(), "every metric has a value");
  auto& to = *out.mutable_health();
  to.set_time(health.time.ns);
  for (const auto& metric : health.metrics) to.add_metrics(well_formed_utf8(metric));
  to.mutable_values()->Add(health.values.begin(), health.values.end());
}

void write(const Gap& gap, v1::Record& out) {
  auto& to = *out.mutable_gap();
  to.set_records(gap.records);
  to.set_samples(gap.samples);
  to.set_reason(well_formed_utf8(gap.reason));
  to.set_first_time(gap.first_time.ns);
  to.set_last_time(gap.last_time.ns);
}

Result<Record> read(v1::SampleBlock& from) {
  auto columns = codec::decode_block(from.block(), SampleBlock::samples_max);
  if (!columns) return tl::make_unexpected(columns.error());
  return SampleBlock{std::move(*from.mutable_asset()),
                     std::move(*from.mutable_signal()),
                     from.version(),
                     std::move(columns->times),
                     std::move(columns->values),
                     std::move(columns->qualities)};
}

Result<Record> read(v1::FeatureBlock& from) {
  const auto names = static_cast<std::size_t>(from.names_size());
  const auto values = static_cast<std::size_t>(from.values_size());
  if (names == 0) return corrupt("a feature block without names");
  const std::size_t times = values == 0 ? 0 : static_cast<std::size_t>(from.time_deltas_size()) + 1;
  if (names * times != values)
    return fail(Errc::corrupt, "record: {} feature values for {} names at {} times", values, names,
                times);
  if (times == 0 && from.time_deltas_size() > 0) return corrupt("feature times without values");
  FeatureBlock block;
  block.asset = std::move(*from.mutable_asset());
  for (auto& name : *from.mutable_names()) block.names.push_back(std::move(name));
  block.values.assign(from.values().begin(), from.values().end());
  auto time = static_cast<std::uint64_t>(from.first_time());
  for (std::size_t i = 0; i < times; ++i) {
    // Unsigned: a hostile difference wraps around instead of overflowing.
    if (i > 0) time += static_cast<std::uint64_t>(from.time_deltas(static_cast<int>(i - 1)));
    block.times.push_back({static_cast<std::int64_t>(time)});
  }
  return block;
}

Result<Record> read(v1::Decision& from) {
  Decision decision;
  decision.asset = std::move(*from.mutable_asset());
  decision.model = std::move(*from.mutable_model());
  decision.release = std::move(*from.mutable_release());
  decision.time = {from.time()};
  decision.score = from.score();
  decision.label = std::move(*from.mutable_class_());
  decision.confidence = from.confidence();
  decision.latency_us = from.latency_us();
  decision.action = std::move(*from.mutable_action());
  decision.inputs_json = std::move(*from.mutable_inputs_json());
  return decision;
}

Result<Record> read(v1::Event& from) {
  if (!v1::Severity_IsValid(from.severity()))
    return fail(Errc::corrupt, "record: severity {} is unknown", static_cast<int>(from.severity()));
  Event event;
  event.asset = std::move(*from.mutable_asset());
  event.kind = std::move(*from.mutable_kind());
  event.time = {from.time()};
  event.severity = static_cast<Severity>(from.severity());
  event.text = std::move(*from.mutable_text());
  event.data_json = std::move(*from.mutable_data_json());
  return event;
}

Result<Record> read(v1::Health& from) {
  if (from.metrics_size() != from.values_size())
    return fail(Errc::corrupt, "record: {} health values for {} metrics", from.values_size(),
                from.metrics_size());
  Health health;
  health.time = {from.time()};
  for (auto& metric : *from.mutable_metrics()) health.metrics.push_back(std::move(metric));
  health.values.assign(from.values().begin(), from.values().end());
  return health;
}

Result<Record> read(v1::Gap& from) {
  if (from.records() == 0) return corrupt("a gap of no records");
  return Gap{from.records(),
             from.samples(),
             std::move(*from.mutable_reason()),
             {from.first_time()},
             {from.last_time()}};
}

}  // namespace

std::string_view to_string(Severity severity) {
  constexpr std::array<std::string_view, 3> names{"info", "warning", "alarm"};
  return names[static_cast<std::size_t>(severity)];
}

std::string encode(const Record& record, codec::Level level) {
  v1::Record message;
  std::visit(
      [&](const auto& body) {
        if constexpr (std::is_same_v<std::decay_t<decltype(body)>, SampleBlock>) {
          write(body, level, message);
        } else {
          write(body, message);
        }
      },
      record);
  std::string bytes = message.SerializeAsString();
  WAYSIDE_ASSERT(bytes.size() <= record_bytes_max, "a record keeps to its limit");
  return bytes;
}

Result<Record> decode(std::string_view bytes) {
  if (bytes.size() > record_bytes_max)
    return fail(Errc::corrupt, "record: {} bytes, at most {} may be", bytes.size(),
                record_bytes_max);
  v1::Record message;
  if (const auto parsed = parse_protobuf(bytes, message); !parsed)
    return fail_in("record", parsed.error());
  switch (message.body_case()) {
    case v1::Record::kSamples:
      return read(*message.mutable_samples());
    case v1::Record::kFeatures:
      return read(*message.mutable_features());
    case v1::Record::kDecision:
      return read(*message.mutable_decision());
    case v1::Record::kEvent:
      return read(*message.mutable_event());
    case v1::Record::kHealth:
      return read(*message.mutable_health());
    case v1::Record::kGap:
      return read(*message.mutable_gap());
    case v1::Record::BODY_NOT_SET:
      break;
  }
  return corrupt("of no known kind");
}

std::uint64_t row_count(const Record& record) {
  if (const auto* samples = std::get_if<SampleBlock>(&record)) return samples->times.size();
  if (const auto* features = std::get_if<FeatureBlock>(&record)) return features->values.size();
  return 1;
}

}  // namespace wayside::telemetry
