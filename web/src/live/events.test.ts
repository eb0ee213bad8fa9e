import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FleetEvent, FleetNode} from '../api';
import {Batch, withAlerts, withNodes} from './batch';
import {alertState, isOpen, merged, overlapping, reasonOf, ruleOf} from './events';

function alert(id: string, time: number, more: Partial<FleetEvent> = {}): FleetEvent {
  return {
    id,
    node: 'n',
    asset: 'a',
    kind: 'alert_raised',
    time,
    severity: 'alarm',
    text: 'hot: t > 95 for 10s',
    data: {rule: 'hot'},
    cleared: null,
    acknowledged: null,
    ...more,
  };
}

test('an alert is open until it is cleared or acknowledged', () => {
  assert.ok(isOpen(alert('1', 0)));
  assert.equal(alertState(alert('1', 0, {acknowledged: {by: 'ana', time: 1, note: ''}})), 'acknowledged');
  assert.equal(alertState(alert('1', 0, {cleared: 0})), 'cleared');
  assert.equal(alertState(alert('1', 0, {cleared: 5, acknowledged: {by: 'ana', time: 1, note: ''}})), 'cleared');
});

test('a list holds one of each id, newest first', () => {
  const both = merged([alert('a', 10, {cleared: 15})], [alert('a', 10), alert('c', 30)]);
  assert.deepEqual(
    both.map((event) => [event.id, event.cleared]),
    [
      ['c', null],
      ['a', 15],
    ],
  );
});

test('an alert overlaps a window while it stands', () => {
  const standing = alert('s', 10);
  const over = alert('o', 10, {cleared: 20});
  assert.deepEqual(overlapping([standing, over], 30, 40), [standing]);
  assert.deepEqual(overlapping([standing, over], 15, 40), [standing, over]);
  assert.deepEqual(overlapping([standing, over], 0, 9), []);
});

test('rule and reason come apart', () => {
  assert.equal(ruleOf(alert('1', 0)), 'hot');
  assert.equal(reasonOf(alert('1', 0)), 't > 95 for 10s');
  assert.equal(ruleOf(alert('1', 0, {data: null})), 'hot');
  assert.equal(reasonOf(alert('1', 0, {text: 'something else'})), 'something else');
});

function node(name: string, online: boolean): FleetNode {
  const backlog = {critical: 0, diagnostic: 0, bulk: 0};
  return {
    ...{node: name, site: 's', version: '0', epoch: 'e', online, since: 0, last_seen: 0, data_time: 0, data_age_s: 0},
    ...{backlog, assets: [], open_alerts: 0},
  };
}

test('a batch puts nodes in their places and leaves the others as they are', () => {
  const before = [node('a', true), node('b', true)];
  const batch = new Batch();
  batch.addNode(node('b', true));
  batch.addNode(node('b', false));
  batch.addNode(node('c', true));
  const after = withNodes(before, batch);
  assert.deepEqual(
    after.map((each) => [each.node, each.online]),
    [
      ['a', true],
      ['b', false],
      ['c', true],
    ],
  );
  assert.equal(after[0], before[0]);
});

test('a batch brings new alerts and takes what is no longer open', () => {
  const batch = new Batch();
  batch.addEvent(alert('new', 30));
  batch.addEvent(alert('old', 10, {cleared: 20}));
  batch.addEvent({...alert('other', 40), kind: 'link_lost'});
  assert.deepEqual(
    withAlerts([alert('stays', 20), alert('old', 10)], batch).map((event) => event.id),
    ['new', 'stays'],
  );
  assert.ok(batch.events);
});
