import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Asset, AssetState, FleetNode} from '../api';
import {countStates, fleetRows, matches} from './urgency';

function node(name: string, online = true, site = 'enola'): FleetNode {
  return {
    node: name,
    site,
    version: '0.1.0',
    epoch: 'e',
    online,
    since: 0,
    last_seen: 0,
    data_time: 0,
    data_age_s: 0,
    backlog: {critical: 0, diagnostic: 0, bulk: 0},
    assets: [name],
    open_alerts: 0,
  };
}

function asset(name: string, state: AssetState, of = name): Asset {
  return {
    asset: name,
    node: of,
    site: 'enola',
    kind: 'locomotive',
    state,
    open_alerts: 0,
    data_time: 0,
    signals: [],
    features: [],
    models: [],
    rules: [],
  };
}

test('the worst comes first, and names sort as people count', () => {
  const nodes = [node('loco-10'), node('loco-9'), node('far', false), node('hot'), node('warm'), node('new')];
  const assets = [
    asset('loco-10', 'ok'),
    asset('loco-9', 'ok'),
    asset('far', 'ok'),
    asset('hot', 'alarm'),
    asset('warm', 'warning'),
  ];
  const rows = fleetRows(nodes, assets, []);
  assert.deepEqual(
    rows.map((row) => row.node.node),
    ['hot', 'warm', 'far', 'new', 'loco-9', 'loco-10'],
  );
  assert.deepEqual(countStates(rows), {alarm: 1, warning: 1, offline: 1, silent: 1, ok: 2});
});

test('an alarm stands when the link is down', () => {
  const rows = fleetRows([node('a', false)], [asset('a', 'alarm')], []);
  assert.equal(rows[0]?.state, 'alarm');
});

test('a gateway is as urgent as its worst asset', () => {
  const rows = fleetRows([node('gw')], [asset('p1', 'ok', 'gw'), asset('p2', 'warning', 'gw')], []);
  assert.equal(rows[0]?.state, 'warning');
  assert.deepEqual(
    rows[0]?.assets.map((each) => each.asset),
    ['p2', 'p1'],
  );
});

test('rows are found by site, node, asset and kind', () => {
  const [row] = fleetRows([node('gw')], [asset('pump-1', 'ok', 'gw')], []);
  assert.ok(row !== undefined);
  assert.ok(matches(row, '', 'PUMP') && matches(row, 'enola', '') && matches(row, '', ' loco '));
  assert.ok(!matches(row, 'altoona', '') && !matches(row, '', 'press'));
});
