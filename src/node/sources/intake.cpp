#include "node/sources/intake.hpp"

namespace wayside::node::sources {

std::string_view to_string(Reject reason) {
  constexpr std::array<std::string_view, reject_count> names{
      "row_unparsable", "row_too_long",     "time_unparsable", "value_unparsable",
      "asset_unknown",  "signal_unknown",   "unit_unknown",    "column_unknown",
      "time_ahead",     "waveform_invalid", "out_of_range",    "not_finite"};
  return names[static_cast<std::size_t>(reason)];
}

Intake::Intake(const SourceContext& context, const std::string& source, Delivery delivery)
    : assets_(context.assets),
      sink_(context.sink),
      clock_(context.clock),
      delivery_(delivery),
      samples_(context.metrics.counter("wayside_source_samples_total",
                                       "Samples that a source handed on", {{"source", source}})) {
  for (std::size_t i = 0; i < reject_count; ++i)
    rejected_[i] = &context.metrics.counter(
        "wayside_source_rejected_total",
        "Input of a source that is no good sample, by reason; out_of_range and not_finite are "
        "handed on "
        "with that quality",
        {{"source", source}, {"reason", std::string(to_string(static_cast<Reject>(i)))}});
  batch_.reserve(batch_max);
}

void Intake::reject(Reject reason, std::uint64_t count) {
  rejected_[static_cast<std::size_t>(reason)]->add(count);
}

void Intake::add(AssetId asset, SignalId signal, Time time, double value) {
  const telemetry::Quality quality = assets_.kind_of(asset)[signal].judge(value);
  if (quality == telemetry::Quality::out_of_range) reject(Reject::out_of_range);
  if (quality == telemetry::Quality::not_finite) reject(Reject::not_finite);
  batch_.push_back({asset, signal, time, value, quality});
}

void Intake::add_waveform(AssetId asset, SignalId signal, Time start,
                          std::span<const double> values) {
  const auto& waveform = assets_.kind_of(asset)[signal].waveform;
  if (!waveform || values.empty() || values.size() > waveform->length)
    return reject(Reject::waveform_invalid);
  for (std::size_t i = 0; i < values.size(); ++i)
    add(asset, signal, start + waveform->offset(i), values[i]);
}

bool Intake::flush(std::stop_token stop) {
  if (batch_.empty()) return !stop.stop_requested();
  bool going = true;
  if (delivery_ == Delivery::wait) {
    going = sink_.push_wait(batch_, stop);
  } else {
    const Time limit = clock_.now() + ahead_max;
    reject(Reject::time_ahead, std::erase_if(batch_, [&](const telemetry::Sample& sample) {
             return sample.time > limit;
           }));
    sink_.push_now(batch_);
  }
  if (going) samples_.add(batch_.size());
  batch_.clear();
  return going && !stop.stop_requested();
}

}  // namespace wayside::node::sources
