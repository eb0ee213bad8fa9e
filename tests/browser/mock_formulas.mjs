// The physics of the mock fleet: every value is a function of asset, name and time, so that any window can be asked
// for at any time and gives the same numbers.

export function mix(a, b) {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b ^ 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Noise around 0, of about ±1. */
function noise(seed, time) {
  const tick = Math.floor(time / 250);
  return mix(seed, tick) + mix(seed + 1, tick) + mix(seed + 2, tick) - 1.5;
}

/** A smooth walk between random levels in [0, 1], one every `period` ms. */
function walk(seed, time, period) {
  const at = time / period;
  const index = Math.floor(at);
  const part = Math.min(1, (at - index) * 3);
  const from = mix(seed, index - 1);
  const to = mix(seed, index);
  return from + (to - from) * part * part * (3 - 2 * part);
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
/** How far a fault has come: 0 before its onset, 1 after `rise` ms. */
function progress(fault, time) {
  return fault === undefined ? 0 : clamp((time - fault.onset) / fault.rise, 0, 1.15);
}

/** The engine's load as the coolant feels it: over two minutes. */
function heat(seed, time) {
  let sum = 0;
  for (let i = 0; i < 6; ++i) sum += walk(seed, time - i * 20_000, 55_000);
  return sum / 6;
}

/** name → (time in ms → value) */
export function formulas(seed, fault) {
  const leak = (time) => (fault?.kind === 'leak' ? progress(fault, time) : 0);
  const wear = (time) => (fault?.kind === 'wear' ? progress(fault, time) : 0);
  const load = (time) => walk(seed, time, 55_000);
  const f = {
    engine_power: (t) => 250 + 2900 * load(t) + 30 * noise(seed + 3, t),
    ambient_temp: (t) => 17 + 5 * Math.sin(t / 13_750_000) + 0.1 * noise(seed + 4, t),
    coolant_temp: (t) => 76 + 11 * heat(seed, t) + 21 * leak(t) + 0.35 * noise(seed + 5, t),
    oil_temp: (t) => 84 + 9 * heat(seed, t - 30_000) + 9 * leak(t) + 0.3 * noise(seed + 6, t),
    traction_motor_temp: (t) => 92 + 38 * heat(seed, t - 60_000) + 0.8 * noise(seed + 7, t),
    oil_pressure: (t) => 300 + 130 * load(t) - 40 * leak(t) + 4 * noise(seed + 8, t),
    coolant_pressure: (t) => 158 + 18 * heat(seed, t) - 95 * leak(t) + 1.5 * noise(seed + 9, t),
    engine_speed: (t) => 330 + 690 * load(t) + 4 * noise(seed + 10, t),
    fan_speed: (t) => clamp(500 + 1300 * heat(seed, t) + 900 * leak(t), 0, 2250) + 12 * noise(seed + 11, t),
    ground_speed: (t) => 18 + 82 * heat(seed + 40, t) + 0.3 * noise(seed + 12, t),
    vib_rms: (t) => 0.9 + 0.5 * load(t) + 0.55 * wear(t) + 0.04 * noise(seed + 13, t),
    vib_crest: (t) => 3.1 + 2.6 * wear(t) + 0.18 * noise(seed + 14, t),
    hydraulic_pressure: (t) => 210 + 45 * Math.sin(t / 700) * walk(seed, t, 90_000) + 3 * noise(seed + 15, t),
    stroke_rate: (t) => 0.6 + 0.4 * walk(seed, t, 90_000) + 0.01 * noise(seed + 16, t),
    motor_current: (t) => 120 + 90 * walk(seed, t, 90_000) + 4 * noise(seed + 17, t),
    pressure_std: (t) => 8 + 22 * walk(seed, t, 90_000) + 0.4 * noise(seed + 18, t),
    oil_mean: (t) => 52 + 4 * walk(seed, t, 400_000),
    cpu_busy: (t) => clamp(9 + 60 * walk(seed, t, 8_000) ** 3 + 3 * noise(seed + 19, t), 0, 100),
    cpu_mean: (t) => 9 + 40 * walk(seed, t, 60_000) ** 2,
    memory_used: (t) => 41 + 3 * walk(seed, t, 300_000),
    disk_used: () => 63.4,
    net_receive: (t) => 40 + 900 * walk(seed, t, 5_000) ** 4,
    net_send: (t) => 60 + 300 * walk(seed + 1, t, 6_000) ** 4,
    cpu_temp: (t) => 44 + 9 * walk(seed, t, 30_000) + 0.4 * noise(seed + 20, t),
    load_1min: (t) => 0.4 + 1.1 * walk(seed, t, 60_000),
  };
  f.coolant_mean = (t) => 76 + 11 * heat(seed, t - 30_000) + 21 * leak(t - 15_000);
  f.coolant_over_ambient = (t) => f.coolant_mean(t) - (17 + 5 * Math.sin(t / 13_750_000));
  f.coolant_pressure_mean = (t) => 158 + 18 * heat(seed, t - 30_000) - 95 * leak(t - 15_000);
  f.power_mean = (t) => 250 + 2900 * heat(seed, t);
  f.fan_mean = (t) => clamp(500 + 1300 * heat(seed, t - 30_000) + 900 * leak(t - 15_000), 0, 2250);
  const score = (amount, t, salt) =>
    clamp(1 / (1 + Math.exp(-(7.6 * amount - 2.2 + 0.28 * noise(seed + salt, t)))), 0, 0.999);
  f['cooling_anomaly.score'] = (t) => score(leak(t) + 0.08 * load(t), t, 30);
  f['bearing_anomaly.score'] = (t) => score(wear(t) * 0.86 + 0.04 * load(t), t, 31);
  f['hydraulics_anomaly.score'] = (t) => score(0.12 * walk(seed, t, 90_000), t, 32);
  return f;
}
