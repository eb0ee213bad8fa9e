#include "sim/drill/sensor_faults.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::drill {

std::size_t SensorFaults::begin(const SensorAction& action, Duration now, Rng rng) {
  active_.push_back({next_id_, action, now, rng, {}});
  return next_id_++;
}

void SensorFaults::end(std::size_t id) {
  std::erase_if(active_, [id](const Active& active) { return active.id == id; });
}

bool SensorFaults::concerns(const SensorAction& action, const telemetry::Signal& signal) const {
  return action.signals.empty() ||
         std::ranges::find(action.signals, signal.name) != action.signals.end();
}

bool SensorFaults::apply(telemetry::Sample& sample, Duration now) {
  const telemetry::Signal& signal = assets_.kind_of(sample.asset)[sample.signal];
  for (Active& active : active_) {
    const SensorAction& action = active.action;
    if (!concerns(action, signal)) continue;
    if (action.dropout > 0 && active.rng.uniform() < action.dropout) return false;
    double value = sample.value + action.bias;
    value += action.drift_per_h * (now - active.since).seconds() / 3600;
    if (action.noise > 0) value += action.noise * active.rng.normal();
    if (action.stuck)
      value = active.stuck.try_emplace({sample.asset, sample.signal}, value).first->second;
    if (action.quantum > 0) value = action.quantum * std::round(value / action.quantum);
    sample.value = std::clamp(value, signal.min, signal.max);
  }
  return true;
}

}  // namespace wayside::drill
