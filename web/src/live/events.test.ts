import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FleetEvent} from '../api';
import {alertState, isOpen, merged, overlapping, reasonOf, ruleOf, upsert} from './events';

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
  const list = upsert([alert('b', 20), alert('a', 10)], alert('a', 10, {cleared: 15}));
  assert.deepEqual(
    list.map((event) => [event.id, event.cleared]),
    [
      ['b', null],
      ['a', 15],
    ],
  );
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
