// A made-up fleet: eight locomotives, one of which overheats, two presses behind a gateway, and a computer.
import {formulas, mix} from './mock_formulas.mjs';
import {kinds} from './mock_kinds.mjs';

const minute = 60_000;

function definition(kind) {
  const {signals, features, models, rules} = kinds[kind];
  return {
    signals: signals.map(([name, unit, min, max]) => ({
      name,
      unit,
      version: 1,
      min,
      max,
    })),
    features: features.map(([name, unit, expression]) => ({
      name,
      unit,
      expression,
    })),
    models: models.map(([name, inputs, outputs]) => ({
      name,
      inputs,
      outputs,
    })),
    rules: rules.map(([name, when, tier]) => ({name, when, tier})),
  };
}

const stepMs = {signal: 500, feature: 1000, score: 1000};

/** `begun` is the moment of the story: a leak began seven minutes before it, a bearing has been wearing for forty. */
export function makeFleet(begun = Date.now()) {
  const leak = {kind: 'leak', onset: begun - 7 * minute, rise: 6 * minute};
  const wear = {kind: 'wear', onset: begun - 40 * minute, rise: 55 * minute};
  const places = {
    enola: ['loco-4501', 'loco-4502', 'loco-4503'],
    altoona: ['loco-4507', 'loco-4508'],
    conway: ['loco-4512', 'loco-4515', 'loco-4516'],
  };
  const faults = {'loco-4503': leak, 'loco-4507': wear};
  const cut = {'loco-4512': begun - 14 * minute};
  const assets = [];
  const nodes = [];
  const addNode = (node, site, kind, names) => {
    nodes.push({
      node,
      site,
      epoch:
        Math.floor(mix(names.length, nodes.length) * 2 ** 32)
          .toString(16)
          .padStart(8, '0') + '5be1',
      names,
      online: cut[node] === undefined,
      since: cut[node] ?? begun - 26 * 3_600_000 - nodes.length * 71 * minute,
    });
    for (const name of names)
      assets.push({
        asset: name,
        node,
        site,
        kind,
        ...definition(kind),
        seed: 100 * (assets.length + 1),
        formulas: formulas(100 * (assets.length + 1), faults[name]),
        cut: cut[node],
      });
  };
  for (const [site, names] of Object.entries(places))
    for (const name of names) addNode(name, site, 'locomotive', [name]);
  addNode('gw-hall-2', 'juniata', 'press', ['press-21', 'press-22']);
  addNode('this-computer', 'enola', 'computer', ['this-computer']);
  return {begun, assets, nodes, events: history(begun, nodes)};
}

function alert(nodes, node, count, time, severity, rule, text, more) {
  const epoch = nodes.find((each) => each.node === node).epoch;
  return {
    id: `${node}.${epoch}.${count}`,
    node,
    asset: node,
    kind: 'alert_raised',
    time,
    severity,
    text: `${rule}: ${text}`,
    data: {rule, values: {}, evidence: {}},
    cleared: null,
    acknowledged: null,
    ...more,
  };
}

const leakEvidence = {
  cooling_anomaly: {
    coolant_pressure_mean: 0.52,
    coolant_over_ambient: 0.24,
    coolant_mean: 0.15,
    fan_mean: 0.07,
    power_mean: -0.02,
  },
};
const wearEvidence = {bearing_anomaly: {vib_crest: 0.83, vib_rms: 0.17}};

function history(begun, nodes) {
  const overheating = 'cooling_anomaly.score > 0.95 and coolant_mean > 95 for 10s';
  const bearing = 'bearing_anomaly.score > 0.9 for 30s';
  const oil = 'oil_pressure < 180 for 5s';
  return [
    alert(nodes, 'loco-4503', 17, begun - 100_000, 'alarm', 'overheating', overheating, {
      data: {
        rule: 'overheating',
        values: {
          'cooling_anomaly.score': 0.991,
          coolant_mean: 96.1,
          coolant_pressure_mean: 71.8,
          coolant_over_ambient: 77.4,
          fan_mean: 2213,
          power_mean: 1904,
        },
        evidence: leakEvidence,
      },
    }),
    alert(nodes, 'loco-4507', 4, begun - 9 * minute, 'warning', 'bearing_wear', bearing, {
      data: {
        rule: 'bearing_wear',
        values: {
          'bearing_anomaly.score': 0.932,
          vib_crest: 4.91,
          vib_rms: 1.62,
        },
        evidence: wearEvidence,
      },
    }),
    alert(nodes, 'loco-4515', 9, begun - 52 * minute, 'warning', 'bearing_wear', bearing, {
      data: {
        rule: 'bearing_wear',
        values: {'bearing_anomaly.score': 0.911},
        evidence: wearEvidence,
      },
      acknowledged: {
        by: 'Ana Ruiz',
        time: begun - 47 * minute,
        note: 'Wheel flat, not the bearing. Booked for Thursday.',
      },
    }),
    alert(nodes, 'loco-4502', 12, begun - 5 * 60 * minute, 'alarm', 'oil_pressure_low', oil, {
      data: {
        rule: 'oil_pressure_low',
        values: {oil_pressure: 171},
        evidence: {},
      },
      cleared: begun - 5 * 60 * minute + 94_000,
      acknowledged: {
        by: 'M. Okafor',
        time: begun - 5 * 60 * minute + 60_000,
        note: 'Crew reduced notch, pressure back.',
      },
    }),
    alert(nodes, 'loco-4508', 3, begun - 27 * 60 * minute, 'warning', 'bearing_wear', bearing, {
      cleared: begun - 26.6 * 60 * minute,
    }),
    alert(nodes, 'loco-4503', 11, begun - 31 * 60 * minute, 'warning', 'bearing_wear', bearing, {
      cleared: begun - 30 * 60 * minute,
    }),
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
  return [
    ...asset.signals.map((each) => each.name),
    ...asset.features.map((each) => each.name),
    ...asset.models.map((model) => `${model.name}.score`),
  ];
}

/** Reduced as the hub does it: each bucket keeps its lowest and its highest. Null for a name of no series. */
export function makeSeries(asset, name, from, to, points) {
  const info = infoOf(asset, name);
  if (info === null) return null;
  const formula = asset.formulas[name];
  const step = stepMs[info.kind];
  const first = Math.ceil(from / step) * step;
  const last = Math.floor(Math.min(to, asset.cut ?? Infinity) / step) * step;
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  const series = {
    name,
    ...info,
    reduced: points > 0 && count > points,
    times: [],
    values: [],
  };
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
  const known =
    {...leakEvidence, ...wearEvidence}[model.name] ??
    Object.fromEntries(model.inputs.map((name, i) => [name, 1 / (i + 2)]));
  const contributions = Object.fromEntries(
    model.inputs.map((name, i) => [name, Number(((known[name] ?? 0.1) * (0.9 + 0.2 * mix(i, at / 1000))).toFixed(4))]),
  );
  return {
    asset: asset.asset,
    node: asset.node,
    model: model.name,
    release: '3fa9c2d1e07b44c8',
    time: at,
    score,
    class: score > 0.9 ? 'anomaly' : 'normal',
    confidence: Number(Math.abs(2 * score - 1).toFixed(3)),
    latency_us: 38 + 9 * mix(asset.seed, at / 1000),
    action: '',
    inputs: {
      inputs,
      outputs: {
        t2: Number((4 + 28 * score).toFixed(2)),
        q: Number((1 + 9 * score).toFixed(2)),
      },
      contributions,
    },
  };
}
