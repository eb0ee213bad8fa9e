// The kinds of machine of the mock fleet: signals, features, models and rules, as short tuples.

const locomotive = {
  signals: [
    ['engine_power', 'kW', 0, 4500],
    ['coolant_temp', 'degC', -40, 150],
    ['oil_temp', 'degC', -40, 180],
    ['traction_motor_temp', 'degC', -40, 220],
    ['ambient_temp', 'degC', -50, 60],
    ['oil_pressure', 'kPa', 0, 1000],
    ['coolant_pressure', 'kPa', 0, 400],
    ['engine_speed', 'rpm', 0, 1200],
    ['fan_speed', 'rpm', 0, 2400],
    ['ground_speed', 'km/h', 0, 140],
  ],
  features: [
    ['coolant_mean', 'degC', 'mean(coolant_temp, 60s)'],
    ['coolant_over_ambient', 'degC', 'mean(coolant_temp, 60s) - mean(ambient_temp, 60s)'],
    ['coolant_pressure_mean', 'kPa', 'mean(coolant_pressure, 60s)'],
    ['power_mean', 'kW', 'mean(engine_power, 60s)'],
    ['fan_mean', 'rpm', 'mean(fan_speed, 60s)'],
    ['vib_rms', 'g', 'rms(axle_vib, 1s)'],
    ['vib_crest', '1', 'peak(axle_vib, 1s) / rms(axle_vib, 1s)'],
  ],
  models: [
    [
      'cooling_anomaly',
      ['coolant_mean', 'coolant_over_ambient', 'coolant_pressure_mean', 'power_mean', 'fan_mean'],
      ['score', 't2', 'q'],
    ],
    ['bearing_anomaly', ['vib_rms', 'vib_crest'], ['score', 't2', 'q']],
  ],
  rules: [
    ['overheating', 'cooling_anomaly.score > 0.95 and coolant_mean > 95', 'critical'],
    ['bearing_wear', 'bearing_anomaly.score > 0.9', 'diagnostic'],
    ['oil_pressure_low', 'oil_pressure < 180', 'critical'],
  ],
};

const press = {
  signals: [
    ['hydraulic_pressure', 'bar', 0, 400],
    ['oil_temp', 'degC', 0, 120],
    ['stroke_rate', 'Hz', 0, 5],
    ['motor_current', 'A', 0, 400],
  ],
  features: [
    ['pressure_std', 'bar', 'std(hydraulic_pressure, 30s)'],
    ['oil_mean', 'degC', 'mean(oil_temp, 60s)'],
  ],
  models: [['hydraulics_anomaly', ['pressure_std', 'oil_mean'], ['score', 't2', 'q']]],
  rules: [['hydraulics', 'hydraulics_anomaly.score > 0.95', 'diagnostic']],
};

const computer = {
  signals: [
    ['cpu_busy', 'percent', 0, 100],
    ['memory_used', 'percent', 0, 100],
    ['disk_used', 'percent', 0, 100],
    ['net_receive', 'kB/s', null, null],
    ['net_send', 'kB/s', null, null],
    ['cpu_temp', 'degC', -20, 120],
    ['load_1min', '1', null, null],
  ],
  features: [['cpu_mean', 'percent', 'mean(cpu_busy, 60s)']],
  models: [],
  rules: [['disk_full', 'disk_used > 95', 'diagnostic']],
};

export const kinds = {locomotive, press, computer};
