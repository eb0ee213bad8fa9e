import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  formatAge,
  formatCount,
  formatMicros,
  formatPercent,
  formatSpan,
  formatTime,
  formatUtc,
  formatValue,
  fromLocalInput,
  toLocalInput,
} from './format';
import {formatMeasure, quantity, scaled, unitText, withUnit} from './units';

test('a value gets the decimals its size deserves', () => {
  assert.equal(formatValue(0.9912), '0.991');
  assert.equal(formatValue(0.9999), '0.9999');
  assert.equal(formatValue(3.14159), '3.14');
  assert.equal(formatValue(96.14), '96.1');
  assert.equal(formatValue(4123.4), '4\u2009123');
  assert.equal(formatValue(-0.25), '\u22120.250');
  assert.equal(formatValue(1.5e-6), '1.50e\u22126');
  assert.equal(formatValue(2.5e9), '2.50e9');
  assert.equal(formatValue(0), '0');
});

test('a value that does not exist is a dash', () => {
  for (const value of [null, undefined, NaN, Infinity]) assert.equal(formatValue(value), '–');
});

test('counts are grouped', () => {
  assert.equal(formatCount(12), '12');
  assert.equal(formatCount(1234567), '1\u2009234\u2009567');
  assert.equal(formatCount(-1234), '\u22121\u2009234');
});

test('ages of data may be ahead of the clock', () => {
  assert.equal(formatAge(-0.4), '0.0 s');
  assert.equal(formatAge(61), '61 s');
  assert.equal(formatAge(-3600), '60 min ahead');
  assert.equal(formatAge(null), '–');
});

test('spans take one unit', () => {
  assert.equal(formatSpan(0.5), '0.5 s');
  assert.equal(formatSpan(59), '59 s');
  assert.equal(formatSpan(180), '3 min');
  assert.equal(formatSpan(7200), '2.0 h');
  assert.equal(formatSpan(86_400 * 30), '30 d');
  assert.equal(formatSpan(31_557_600 * 11), '11.0 y');
  assert.equal(formatSpan(-90), '\u221290 s');
  assert.equal(formatSpan(-0.01), '0.0 s');
  assert.equal(formatSpan(null), '–');
});

test('latency and shares', () => {
  assert.equal(formatMicros(41.2), '41 µs');
  assert.equal(formatMicros(5200), '5.2 ms');
  assert.equal(formatPercent(0.81), '81\u2009%');
  assert.equal(formatPercent(0.052), '5.2\u2009%');
  assert.equal(formatPercent(0), '0\u2009%');
  assert.equal(formatPercent(-0.021), '\u22122.1\u2009%');
});

test('times are local, with the day unless it is today', () => {
  const noon = new Date(2026, 0, 5, 12, 3, 5).getTime();
  assert.equal(formatTime(noon, noon + 60_000), '12:03:05');
  assert.equal(formatTime(noon, noon + 2 * 86_400_000), '2026-01-05 12:03:05');
  assert.equal(formatTime(null), '–');
  assert.equal(formatUtc(1767225600250), '2026-01-01 00:00:00.250 UTC');
});

test('a local input reads back to the second it was made from', () => {
  const time = new Date(2026, 6, 9, 8, 7, 6).getTime();
  assert.equal(fromLocalInput(toLocalInput(time)), time);
  assert.equal(fromLocalInput(''), null);
  assert.equal(fromLocalInput('soon'), null);
});

test('units are written as people write them', () => {
  assert.equal(unitText('degC'), '°C');
  assert.equal(unitText('1'), '');
  assert.equal(unitText('furlong'), 'furlong');
  assert.equal(formatMeasure(533_390, 'byte/s'), '533.4\u00a0kB/s');
  assert.equal(formatMeasure(0, 'byte'), '0\u00a0B');
  assert.equal(formatMeasure(null, 'degC'), '–');
  assert.equal(formatMeasure(96.14, 'degC'), '96.1\u00a0°C');
  assert.deepEqual(scaled(3e7), [30, 'M']);
  assert.deepEqual(scaled(0), [0, '']);
  assert.equal(quantity('degC'), 'Temperature');
  assert.equal(quantity('furlong'), '');
  assert.equal(withUnit('81.2', 'degC'), '81.2\u00a0°C');
  assert.equal(withUnit('0.99', '1'), '0.99');
});
