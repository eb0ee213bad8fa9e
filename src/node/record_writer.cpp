#include "node/record_writer.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <type_traits>

namespace wayside::node {

RecordWriter::RecordWriter(const AgentConfig& config, RecordRing& ring, Metrics& metrics)
    : config_(config),
      ring_(ring),
      lost_records_(metrics.counter("wayside_overrun_records_total",
                                    "Records lost because the recorder was behind")),
      lost_samples_(metrics.counter("wayside_overrun_samples_total",
                                    "Samples lost before they reached the spool")) {}

std::byte* RecordWriter::reserve(std::size_t bytes, bool urgent) {
  const std::size_t keep_free = urgent ? 0 : alert_reserve_bytes;
  std::byte* room = ring_.reserve(bytes, keep_free);
  if (room != nullptr || !patient_) return room;
  if (make_room_) {
    make_room_();
    return ring_.reserve(bytes, keep_free);
  }
  std::unique_lock lock(mutex_);
  producer_waits_ = true;
  woken_ = true;
  wanted_.notify_one();
  room_.wait(lock, [&] { return (room = ring_.reserve(bytes, keep_free)) != nullptr; });
  producer_waits_ = false;
  return room;
}

template <class Row>
bool RecordWriter::write(const MessageHeader& header, const Row& row,
                         std::array<std::span<const double>, 3> values, bool urgent) {
  static_assert(std::is_trivially_copyable_v<Row>);
  std::size_t bytes = sizeof header + sizeof row;
  for (const auto& part : values) bytes += part.size_bytes();
  std::byte* at = reserve(bytes, urgent);
  if (at == nullptr) return false;
  const bool was_half_full = ring_.used() > ring_.capacity() / 2;
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + sizeof header, &row, sizeof row);
  at += sizeof header + sizeof row;
  for (const auto& part : values) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size_bytes());
    at += part.size_bytes();
  }
  ring_.commit();
  if (urgent || (!was_half_full && ring_.used() > ring_.capacity() / 2)) wake();
  return true;
}

void RecordWriter::sample(const telemetry::Sample& sample) {
  if (write({.type = MessageHeader::Type::sample}, sample, {}, false)) return;
  const auto& signal = config_.table.kind_of(sample.asset)[sample.signal];
  lose(signal.tier, 0, 1, sample.time, sample.time);
}

void RecordWriter::features(AssetId asset, Time time, std::span<const double> values) {
  const MessageHeader header{.type = MessageHeader::Type::features,
                             .inputs = static_cast<std::uint32_t>(values.size())};
  if (!write(header, FeatureRow{asset, time}, {values}, false))
    lose(telemetry::Tier::diagnostic, 1, 0, time, time);
}

void RecordWriter::decision(const DecisionRow& row, std::span<const double> inputs,
                            std::span<const double> outputs,
                            std::span<const double> contributions) {
  const auto capped = [](std::span<const double> values) {
    return values.first(std::min(values.size(), decision_values_max));
  };
  inputs = capped(inputs);
  outputs = capped(outputs);
  contributions = capped(contributions);
  const MessageHeader header{.type = MessageHeader::Type::decision,
                             .inputs = static_cast<std::uint32_t>(inputs.size()),
                             .outputs = static_cast<std::uint32_t>(outputs.size()),
                             .contributions = static_cast<std::uint32_t>(contributions.size())};
  if (!write(header, row, {inputs, outputs, contributions}, false))
    lose(telemetry::Tier::diagnostic, 1, 0, row.time, row.time);
}

void RecordWriter::alert(const AlertRow& row) {
  if (write({.type = MessageHeader::Type::alert}, row, {}, true)) return;
  lose(config_.kind_of(row.asset).rules[row.rule].tier, 1, 0, row.time, row.time);
}

void RecordWriter::model_change(const ModelChangeRow& row) {
  if (!write({.type = MessageHeader::Type::model_change}, row, {}, true))
    lose(telemetry::Tier::diagnostic, 1, 0, row.time, row.time);
}

void RecordWriter::lose_samples(telemetry::Tier tier, std::uint64_t samples, Time first,
                                Time last) {
  if (samples > 0) lose(tier, 0, samples, first, last);
}

void RecordWriter::lose(telemetry::Tier tier, std::uint64_t records, std::uint64_t samples,
                        Time first, Time last) {
  lost_records_.add(records);
  lost_samples_.add(samples);
  const std::lock_guard lock(mutex_);
  RecordLoss& loss = losses_[static_cast<std::size_t>(tier)];
  // The block that the first of a run of samples would have begun.
  if (samples > 0 && loss.samples == 0) ++loss.records;
  loss.add({records, samples, first, last});
}

void RecordLoss::add(const RecordLoss& other) {
  records += other.records;
  samples += other.samples;
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

RecordLosses RecordWriter::take_losses() {
  const std::lock_guard lock(mutex_);
  return std::exchange(losses_, RecordLosses{});
}

void RecordWriter::wait(Duration pause) {
  std::unique_lock lock(mutex_);
  // Not even for a moment where nobody wants to wait: the system takes its time over each wait.
  if (pause > Duration{0})
    wanted_.wait_for(lock, std::chrono::nanoseconds(pause.ns), [&] { return woken_; });
  woken_ = false;
}

void RecordWriter::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wanted_.notify_one();
}

bool RecordWriter::woken() const {
  const std::lock_guard lock(mutex_);
  return woken_;
}

void RecordWriter::made_room() {
  const std::lock_guard lock(mutex_);
  if (producer_waits_) room_.notify_one();
}

}  // namespace wayside::node
