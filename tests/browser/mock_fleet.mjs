// A fleet made up of formulas: every value is a function of asset, name and time, so that any window can be asked for
// at any time and gives the same numbers.

function mix(a, b) {
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
const minute = 60_000;

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

const locomotive = {
  signals: [
    ['engine_power', 'kW', 0, 4500], ['coolant_temp', 'degC', -40, 150], ['oil_temp', 'degC', -40, 180],
    ['traction_motor_temp', 'degC', -40, 220], ['ambient_temp', 'degC', -50, 60], ['oil_pressure', 'kPa', 0, 1000],
    ['coolant_pressure', 'kPa', 0, 400], ['engine_speed', 'rpm', 0, 1200], ['fan_speed', 'rpm', 0, 2400],
    ['ground_speed', 'km/h', 0, 140],
  ],
  features: [
    ['coolant_mean', 'degC', 'mean(coolant_temp, 60s)'], ['coolant_over_ambient', 'degC', 'mean(coolant_temp, 60s) - mean(ambient_temp, 60s)'],
    ['coolant_pressure_mean', 'kPa', 'mean(coolant_pressure, 60s)'], ['power_mean', 'kW', 'mean(engine_power, 60s)'],
    ['fan_mean', 'rpm', 'mean(fan_speed, 60s)'], ['vib_rms', 'g', 'rms(axle_vib, 1s)'], ['vib_crest', '1', 'peak(axle_vib, 1s) / rms(axle_vib, 1s)'],
  ],
  models: [
    ['cooling_anomaly', ['coolant_mean', 'coolant_over_ambient', 'coolant_pressure_mean', 'power_mean', 'fan_mean'], ['score', 't2', 'q']],
    ['bearing_anomaly', ['vib_rms', 'vib_crest'], ['score', 't2', 'q']],
  ],
  rules: [
    ['overheating', 'cooling_anomaly.score > 0.95 and coolant_mean > 95', 'critical'],
    ['bearing_wear', 'bearing_anomaly.score > 0.9', 'diagnostic'],
    ['oil_pressure_low', 'oil_pressure < 180', 'critical'],
  ],
};

const press = {
  signals: [['hydraulic_pressure', 'bar', 0, 400], ['oil_temp', 'degC', 0, 120], ['stroke_rate', 'Hz', 0, 5], ['motor_current', 'A', 0, 400]],
  features: [['pressure_std', 'bar', 'std(hydraulic_pressure, 30s)'], ['oil_mean', 'degC', 'mean(oil_temp, 60s)']],
  models: [['hydraulics_anomaly', ['pressure_std', 'oil_mean'], ['score', 't2', 'q']]],
  rules: [['hydraulics', 'hydraulics_anomaly.score > 0.95', 'diagnostic']],
};

const computer = {
  signals: [['cpu_busy', 'percent', 0, 100], ['memory_used', 'percent', 0, 100], ['disk_used', 'percent', 0, 100],
    ['net_receive', 'kB/s', null, null], ['net_send', 'kB/s', null, null], ['cpu_temp', 'degC', -20, 120], ['load_1min', '1', null, null]],
  features: [['cpu_mean', 'percent', 'mean(cpu_busy, 60s)']],
  models: [],
  rules: [['disk_full', 'disk_used > 95', 'diagnostic']],
};

const kinds = {locomotive, press, computer};

function formulas(seed, fault) {
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
  const score = (amount, t, salt) => clamp(1 / (1 + Math.exp(-(7.6 * amount - 2.2 + 0.28 * noise(seed + salt, t)))), 0, 0.999);
  f['cooling_anomaly.score'] = (t) => score(leak(t) + 0.08 * load(t), t, 30);
  f['bearing_anomaly.score'] = (t) => score(wear(t) * 0.86 + 0.04 * load(t), t, 31);
  f['hydraulics_anomaly.score'] = (t) => score(0.12 * walk(seed, t, 90_000), t, 32);
  return f;
}

function definition(kind) {
  const {signals, features, models, rules} = kinds[kind];
  return {
    signals: signals.map(([name, unit, min, max]) => ({name, unit, version: 1, min, max})),
    features: features.map(([name, unit, expression]) => ({name, unit, expression})),
    models: models.map(([name, inputs, outputs]) => ({name, inputs, outputs})),
    rules: rules.map(([name, when, tier]) => ({name, when, tier})),
  };
}

const stepMs = {signal: 500, feature: 1000, score: 1000};

/** `begun` is the moment of the story: a leak began seven minutes before it, a bearing has been wearing for forty. */
export function makeFleet(begun = Date.now()) {
  const leak = {kind: 'leak', onset: begun - 7 * minute, rise: 6 * minute};
  const wear = {kind: 'wear', onset: begun - 40 * minute, rise: 55 * minute};
  const places = {enola: ['loco-4501', 'loco-4502', 'loco-4503'], altoona: ['loco-4507', 'loco-4508'], conway: ['loco-4512', 'loco-4515', 'loco-4516']};
  const faults = {'loco-4503': leak, 'loco-4507': wear};
  const cut = {'loco-4512': begun - 14 * minute};
  const assets = [];
  const nodes = [];
  const addNode = (node, site, kind, names) => {
    nodes.push({node, site, epoch: Math.floor(mix(names.length, nodes.length) * 2 ** 32).toString(16).padStart(8, '0') + '5be1',
      names, online: cut[node] === undefined, since: cut[node] ?? begun - 26 * 3_600_000 - nodes.length * 71 * minute});
    for (const name of names)
      assets.push({asset: name, node, site, kind, ...definition(kind), seed: 100 * (assets.length + 1),
        formulas: formulas(100 * (assets.length + 1), faults[name]), cut: cut[node]});
  };
  for (const [site, names] of Object.entries(places)) for (const name of names) addNode(name, site, 'locomotive', [name]);
  addNode('gw-hall-2', 'juniata', 'press', ['press-21', 'press-22']);
  addNode('this-computer', 'enola', 'computer', ['this-computer']);
  return {begun, assets, nodes, events: history(begun, nodes)};
}

function alert(nodes, node, count, time, severity, rule, text, more) {
  const epoch = nodes.find((each) => each.node === node).epoch;
  return {id: `${node}.${epoch}.${count}`, node, asset: node, kind: 'alert_raised', time, severity, text: `${rule}: ${text}`,
    data: {rule, values: {}, evidence: {}}, cleared: null, acknowledged: null, ...more};
}

const leakEvidence = {cooling_anomaly: {coolant_pressure_mean: 0.52, coolant_over_ambient: 0.24, coolant_mean: 0.15, fan_mean: 0.07, power_mean: -0.02}};
const wearEvidence = {bearing_anomaly: {vib_crest: 0.83, vib_rms: 0.17}};

function history(begun, nodes) {
  const overheating = 'cooling_anomaly.score > 0.95 and coolant_mean > 95 for 10s';
  const bearing = 'bearing_anomaly.score > 0.9 for 30s';
  const oil = 'oil_pressure < 180 for 5s';
  return [
    alert(nodes, 'loco-4503', 17, begun - 100_000, 'alarm', 'overheating', overheating,
      {data: {rule: 'overheating', values: {'cooling_anomaly.score': 0.991, coolant_mean: 96.1, coolant_pressure_mean: 71.8,
        coolant_over_ambient: 77.4, fan_mean: 2213, power_mean: 1904}, evidence: leakEvidence}}),
    alert(nodes, 'loco-4507', 4, begun - 9 * minute, 'warning', 'bearing_wear', bearing,
      {data: {rule: 'bearing_wear', values: {'bearing_anomaly.score': 0.932, vib_crest: 4.91, vib_rms: 1.62}, evidence: wearEvidence}}),
    alert(nodes, 'loco-4515', 9, begun - 52 * minute, 'warning', 'bearing_wear', bearing,
      {data: {rule: 'bearing_wear', values: {'bearing_anomaly.score': 0.911}, evidence: wearEvidence},
        acknowledged: {by: 'Ana Ruiz', time: begun - 47 * minute, note: 'Wheel flat, not the bearing. Booked for Thursday.'}}),
    alert(nodes, 'loco-4502', 12, begun - 5 * 60 * minute, 'alarm', 'oil_pressure_low', oil,
      {data: {rule: 'oil_pressure_low', values: {oil_pressure: 171}, evidence: {}}, cleared: begun - 5 * 60 * minute + 94_000,
        acknowledged: {by: 'M. Okafor', time: begun - 5 * 60 * minute + 60_000, note: 'Crew reduced notch, pressure back.'}}),
    alert(nodes, 'loco-4508', 3, begun - 27 * 60 * minute, 'warning', 'bearing_wear', bearing, {cleared: begun - 26.6 * 60 * minute}),
    alert(nodes, 'loco-4503', 11, begun - 31 * 60 * minute, 'warning', 'bearing_wear', bearing, {cleared: begun - 30 * 60 * minute}),
  ];
}

/** Newest data of an asset: now, to the half second, or when its link was cut. */
export function dataTime(asset, now) {
  return Math.floor(Math.min(now, asset.cut ?? Infinity) / 500) * 500;
}

function infoOf(asset, name) {
  const signal = asset.signals.find((each) => each.name === name);
  if (signal !== undefined) return {kind: 'signal', unit: signal.unit};
  const feature = asset.features.find((each) => each.name === name);
  if (feature !== undefined) return {kind: 'feature', unit: feature.unit};
  return asset.models.some((model) => `${model.name}.score` === name) ? {kind: 'score', unit: '1'} : null;
}

export function seriesNames(asset) {
  return [...asset.signals.map((each) => each.name), ...asset.features.map((each) => each.name),
    ...asset.models.map((model) => `${model.name}.score`)];
}

/** Reduced as the hub does it: each bucket keeps its lowest and its highest. Null for a name that is not the asset's. */
export function makeSeries(asset, name, from, to, points) {
  const info = infoOf(asset, name);
  if (info === null) return null;
  const formula = asset.formulas[name];
  const step = stepMs[info.kind];
  const first = Math.ceil(from / step) * step;
  const last = Math.floor(Math.min(to, asset.cut ?? Infinity) / step) * step;
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  const series = {name, ...info, reduced: points > 0 && count > points, times: [], values: []};
  const put = (time) => {
    series.times.push(time);
    series.values.push(Number(formula(time).toFixed(4)));
  };
  if (!series.reduced) {
    for (let i = 0; i < count; ++i) put(first + i * step);
    return series;
  }
  const buckets = Math.floor(points / 2);
  for (let bucket = 0; bucket < buckets; ++bucket) {
    const begin = first + Math.floor((bucket * count) / buckets) * step;
    const size = Math.floor(((bucket + 1) * count) / buckets) - Math.floor((bucket * count) / buckets);
    const stride = Math.max(1, Math.floor(size / 6));
    let low = begin;
    let high = begin;
    for (let i = 0; i < size; i += stride) {
      const time = begin + i * step;
      if (formula(time) < formula(low)) low = time;
      if (formula(time) > formula(high)) high = time;
    }
    put(Math.min(low, high));
    if (low !== high) put(Math.max(low, high));
  }
  return series;
}

export function makeDecision(asset, model, time) {
  const at = Math.floor(time / 1000) * 1000;
  const inputs = Object.fromEntries(model.inputs.map((name) => [name, Number(asset.formulas[name](at).toFixed(3))]));
  const score = Number(asset.formulas[`${model.name}.score`](at).toFixed(4));
  const known = {...leakEvidence, ...wearEvidence}[model.name] ?? Object.fromEntries(model.inputs.map((name, i) => [name, 1 / (i + 2)]));
  const contributions = Object.fromEntries(model.inputs.map((name, i) =>
    [name, Number(((known[name] ?? 0.1) * (0.9 + 0.2 * mix(i, at / 1000))).toFixed(4))]));
  return {
    asset: asset.asset, node: asset.node, model: model.name, release: '3fa9c2d1e07b44c8', time: at, score,
    class: score > 0.9 ? 'anomaly' : 'normal', confidence: Number(Math.abs(2 * score - 1).toFixed(3)),
    latency_us: 38 + 9 * mix(asset.seed, at / 1000), action: '',
    inputs: {inputs, outputs: {t2: Number((4 + 28 * score).toFixed(2)), q: Number((1 + 9 * score).toFixed(2))}, contributions},
  };
}
