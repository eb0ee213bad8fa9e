import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FleetEvent} from '../api';
import {sections, type Filter} from './filter';

function alert(id: string, time: number, more: Partial<FleetEvent> = {}): FleetEvent {
  return {
    id,
    node: 'n',
    asset: 'loco',
    kind: 'alert_raised',
    time,
    severity: 'warning',
    text: 'hot: t > 9',
    data: null,
    cleared: null,
    acknowledged: null,
    ...more,
  };
}

const events = [
  alert('newest', 50),
  alert('worst', 40, {severity: 'alarm'}),
  alert('seen', 30, {acknowledged: {by: 'ana', time: 31, note: ''}}),
  alert('over', 20, {cleared: 25, asset: 'pump'}),
];
const everything: Filter = {shown: 'all', severity: '', text: ''};

function ids(filter: Filter): [string, string[]][] {
  return sections(events, filter).map((section) => [section.state, section.events.map((event) => event.id)]);
}

test('open alerts come first, the worst of them first', () => {
  assert.deepEqual(ids(everything), [
    ['open', ['worst', 'newest']],
    ['acknowledged', ['seen']],
    ['cleared', ['over']],
  ]);
});

test('the list can be narrowed', () => {
  assert.deepEqual(ids({...everything, shown: 'open'}), [['open', ['worst', 'newest']]]);
  assert.deepEqual(ids({...everything, severity: 'alarm'}), [['open', ['worst']]]);
  assert.deepEqual(ids({...everything, text: 'PUMP'}), [['cleared', ['over']]]);
  assert.deepEqual(ids({...everything, text: 'ana'}), [['acknowledged', ['seen']]]);
});
