// Series with times of their own, brought onto one time axis for uPlot: `undefined` where a series has nothing at a
// time that another has, `null` where its line is to break.
import type {Series} from '../api';

export interface Aligned {
  times: number[];
  values: (number | null | undefined)[][];
}

/** A silence this many times the usual spacing is a gap, and drawn as one. */
const gapFactor = 8;

function usualSpacing(times: readonly number[]): number {
  if (times.length < 3) return Infinity;
  const steps = [];
  for (let i = 1; i < times.length; ++i) steps.push((times[i] ?? 0) - (times[i - 1] ?? 0));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length * 0.75)] ?? Infinity;
}

/** The times at which a line is to break: just after the last value before a silence. */
export function breaks(times: readonly number[]): number[] {
  const limit = Math.max(usualSpacing(times), 1) * gapFactor;
  const found = [];
  for (let i = 1; i < times.length; ++i) {
    const before = times[i - 1] ?? 0;
    if ((times[i] ?? 0) - before > limit) found.push(before + 0.5);
  }
  return found;
}

export function align(series: readonly Series[]): Aligned {
  const gaps = series.map((each) => breaks(each.times));
  const times = [...new Set([...series.flatMap((each) => each.times), ...gaps.flat()])].sort((a, b) => a - b);
  const at = new Map(times.map((time, index) => [time, index]));
  const values = series.map((each, number) => {
    const column = new Array<number | null | undefined>(times.length).fill(undefined);
    for (const time of gaps[number] ?? []) {
      const index = at.get(time);
      if (index !== undefined) column[index] = null;
    }
    for (let i = 0; i < each.times.length; ++i) {
      const index = at.get(each.times[i] ?? NaN);
      if (index !== undefined) column[index] = each.values[i] ?? null;
    }
    return column;
  });
  return {times, values};
}

/** The last value at or before an index: what a reader takes the line to be there. */
export function valueAt(column: readonly (number | null | undefined)[], index: number): number | null {
  for (let i = Math.min(index, column.length - 1); i >= 0; --i) {
    const value = column[i];
    if (value !== undefined) return value;
  }
  return null;
}

export function lastValue(column: readonly (number | null | undefined)[]): number | null {
  for (let i = column.length - 1; i >= 0; --i) {
    const value = column[i];
    if (value !== undefined && value !== null) return value;
  }
  return null;
}
