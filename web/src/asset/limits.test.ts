import assert from 'node:assert/strict';
import {test} from 'node:test';
import {beyond, limitsOf, nearestLimit} from './limits';

function limits(when: string) {
  return limitsOf({name: 'r', when, tier: 'critical'}).map((limit) => [limit.series, limit.above, limit.value]);
}

test('comparisons of a name with a number are limits', () => {
  assert.deepEqual(limits('cooling_anomaly.score > 0.95 and coolant_mean > 95'), [
    ['cooling_anomaly.score', true, 0.95],
    ['coolant_mean', true, 95],
  ]);
  assert.deepEqual(limits('oil_pressure<=-1.5e1'), [['oil_pressure', false, -15]]);
  assert.deepEqual(limits('3 < vib_crest'), [['vib_crest', true, 3]]);
});

test('what is not a plain comparison has no limit', () => {
  assert.deepEqual(limits('a + b > c'), []);
  assert.deepEqual(limits('a + b > 5'), []);
  assert.deepEqual(limits('mean(t, 60s) > 3'), []);
  assert.deepEqual(limits('speed > 10 * load'), [['speed', true, 10]].slice(1));
});

test('the nearest limit is the first to be reached', () => {
  const all = [
    ...limitsOf({name: 'a', when: 't > 95', tier: 'bulk'}),
    ...limitsOf({name: 'b', when: 't > 105 or t < 5', tier: 'bulk'}),
  ];
  assert.equal(nearestLimit(all, 't')?.value, 95);
  assert.equal(nearestLimit(all, 'u'), null);
  assert.ok(all[0] !== undefined && beyond(all[0], 96) && !beyond(all[0], 95));
});
