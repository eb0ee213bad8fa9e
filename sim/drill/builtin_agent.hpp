#pragma once

namespace wayside::drill {

/// What a drill runs that names no agent: a pump with signals of every tier, features, and rules.
inline constexpr const char* builtin_agent = R"(node: pump-station
site: drill
hub: {broker: "mqtt://broker.drill:1883"}
state: state
kinds:
  pump:
    signals:
      valve_state: {unit: "1", range: [0, 1], tier: critical}
      pressure:    {unit: bar, range: [0, 16]}
      flow:        {unit: l/min, range: [0, 900]}
      motor_temp:  {unit: degC, range: [-20, 160]}
      motor_power: {unit: kW, range: [0, 90], tier: bulk}
    features:
      every: 30s
      define:
        pressure_mean: mean(pressure, 5min)
        heat_rise:     slope(motor_temp, 10min)
    rules:
      pressure_high: {when: pressure_mean > 9, clear: pressure_mean < 8, for: 1min}
      hot:           {when: motor_temp > 80, clear: motor_temp < 75, on: sample, severity: warning}
assets:
  - {name: pump, kind: pump}
sources:
  - stdin: {}
tiers:
  critical:   {send: now, keep: 90d}
  diagnostic: {send: every 5s, keep: 30d}
  bulk:       {send: every 1min, keep: 14d}
spool: {limit: 64MiB}
)";

}  // namespace wayside::drill
