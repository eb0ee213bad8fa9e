import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Asset, FleetEvent, Series} from '../api';
import {align, breaks, lastValue, valueAt} from './align';
import {union} from './bands';
import {shares} from './contributions';
import {defaultVisible, groupSeries, seriesOf} from './groups';
import {placeAlerts} from './lanes';
import {fitted, parseRange, rangePath, refreshMs, windowOf} from './range';

function series(name: string, times: number[], values: (number | null)[]): Series {
  return {name, kind: 'signal', unit: 'degC', reduced: false, times, values};
}

const asset: Asset = {
  asset: 'a',
  node: 'a',
  site: 's',
  kind: 'k',
  state: 'ok',
  open_alerts: 0,
  data_time: 0,
  signals: [
    {name: 't1', unit: 'degC'},
    {name: 'p', unit: 'kPa'},
    {name: 't2', unit: 'celsius'},
  ],
  features: [
    {name: 't_mean', unit: 'degC', expression: 'mean(t1, 60s)'},
    {name: 'crest', unit: '1', expression: 'a / b'},
  ],
  models: [{name: 'm', inputs: ['t_mean'], outputs: ['score']}],
  rules: [{name: 'r', when: 'm.score > 0.9', tier: 'critical'}],
};

test('series are grouped by what they measure: scores, what rules limit, what models look at, the rest', () => {
  const rules = [...asset.rules, {name: 'low', when: 'p < 5', tier: 'critical' as const}];
  const groups = groupSeries({...asset, rules, signals: [{name: 'n', unit: 'rpm'}, ...asset.signals]});
  assert.deepEqual(
    groups.map((group) => [group.title, group.series.map((each) => each.name)]),
    [
      ['Scores', ['m.score']],
      ['Pressure', ['p']],
      ['Temperature', ['t1', 't2', 't_mean']],
      ['Rotation', ['n']],
      ['Without unit', ['crest']],
    ],
  );
  assert.equal(seriesOf(asset).length, 6);
});

test('a crowded chart starts with what models look at', () => {
  const many: Asset = {...asset, signals: Array.from({length: 9}, (_, i) => ({name: `s${i}`, unit: 'degC'}))};
  const visible = defaultVisible(many);
  assert.ok(visible.has('t_mean') && visible.has('m.score') && visible.has('s0'));
  assert.ok(!visible.has('s8'));
});

test('series meet on one axis, and break where they were silent', () => {
  const a = series('a', [0, 10, 20, 30, 1000], [1, 2, null, 4, 5]);
  const b = series('b', [5, 15], [7, 8]);
  const {times, values} = align([a, b]);
  assert.deepEqual(times, [0, 5, 10, 15, 20, 30, 1000]);
  assert.deepEqual(values[0], [1, undefined, 2, undefined, null, 4, 5]);
  assert.deepEqual(values[1], [undefined, 7, undefined, 8, undefined, undefined, undefined]);
  assert.deepEqual(breaks([0, 10, 20, 30, 40, 50, 1000, 1010]), [50.5]);
  assert.deepEqual(breaks([0, 10]), []);
});

test('reading off a line', () => {
  const column = [1, undefined, null, undefined, 3, undefined];
  assert.equal(valueAt(column, 1), 1);
  assert.equal(valueAt(column, 3), null);
  assert.equal(valueAt(column, 9), 3);
  assert.equal(lastValue(column), 3);
  assert.equal(lastValue([undefined]), null);
});

test('a range survives its address', () => {
  for (const path of ['/asset/a', '/asset/a?range=1h', '/asset/a?from=1000&to=9000'])
    assert.equal(rangePath('a', parseRange(new URLSearchParams(path.split('?')[1] ?? ''))), path);
  assert.deepEqual(parseRange(new URLSearchParams('from=9&to=1')), {kind: 'live', span: 600_000});
  assert.deepEqual(parseRange(new URLSearchParams('range=forever')), {kind: 'live', span: 600_000});
  assert.deepEqual(windowOf({kind: 'live', span: 60}, 100), {from: 40, to: 100});
  assert.equal(refreshMs({kind: 'live', span: 120_000}), 1000);
});

test('a live window begins with the data, a fixed one where it was put', () => {
  const window = {from: 0, to: 600_000};
  const live = {kind: 'live', span: 600_000} as const;
  assert.deepEqual(fitted(live, window, 500_000), {from: 498_000, to: 600_000});
  assert.deepEqual(fitted(live, window, 10), window);
  assert.deepEqual(fitted(live, window, 599_000), {from: 570_000, to: 600_000});
  assert.deepEqual(fitted(live, window, Infinity), window);
  assert.deepEqual(fitted({kind: 'fixed', ...window}, window, 500_000), window);
});

test('alerts take lanes of their own, and stay readable at the edge', () => {
  const event = (id: string, time: number, cleared: number | null): FleetEvent => ({
    ...{id, time, cleared, node: 'n', asset: 'a', kind: 'alert_raised', severity: 'alarm', text: id, data: null},
    acknowledged: null,
  });
  const placed = placeAlerts([event('b', 50, null), event('a', 10, 30), event('late', 99, null)], 0, 100);
  assert.deepEqual(
    placed.map((each) => [each.event.id, each.lane]),
    [
      ['a', 0],
      ['b', 0],
      ['late', 1],
    ],
  );
  for (const {left, width} of placed) assert.ok(left >= 0 && width > 0.08 && left + width <= 1 + 1e-9);
});

test('bands that overlap are one', () => {
  assert.deepEqual(
    union([
      {left: 5, right: 9},
      {left: 0, right: 6},
      {left: 20, right: 30},
    ]),
    [
      {left: 0, right: 9},
      {left: 20, right: 30},
    ],
  );
});

test('contributions become shares, the largest first', () => {
  assert.deepEqual(
    shares({a: 1, b: -3, c: null, d: 0}).map((each) => [each.name, each.share]),
    [
      ['b', -0.75],
      ['a', 0.25],
      ['d', 0],
    ],
  );
  assert.deepEqual(shares({a: 0}), [{name: 'a', value: 0, share: 0}]);
  assert.deepEqual(shares(undefined), []);
});
