import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {LedgerLine} from '../api';
import {missing, sorted, sums} from './balance';

function line(node: string, more: Partial<LedgerLine> = {}): LedgerLine {
  return {
    node,
    epoch: 'e',
    tier: 'bulk',
    produced: 10,
    delivered: 7,
    dropped: 1,
    queued: 2,
    duplicates: 3,
    updated: 1,
    balanced: true,
    ...more,
  };
}

test('sums add up and balance', () => {
  const total = sums([line('a'), line('b', {produced: 5, delivered: 4, dropped: 0, queued: 0})]);
  assert.deepEqual(total, {produced: 15, delivered: 11, dropped: 1, queued: 2, duplicates: 6});
  assert.equal(missing(total), 1);
  assert.equal(missing(line('a')), 0);
});

test('what does not balance comes first, tiers in their order', () => {
  const lines = [line('a'), line('a', {tier: 'critical'}), line('z', {balanced: false})];
  assert.deepEqual(
    sorted(lines).map((each) => `${each.node} ${each.tier}`),
    ['z bulk', 'a critical', 'a bulk'],
  );
});
