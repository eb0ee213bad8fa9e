// The score a fleet row shows: of all models of an asset, the one nearest to (or furthest beyond) its limit.
import {useMemo} from 'react';
import {api, type Asset, type Series} from '../api';
import {allLimits, nearestLimit, type Limit} from '../asset/limits';
import {useAnswer} from '../live/answer';

export interface KeyScore {
  series: Series;
  limit: Limit | null;
  latest: number;
}

const points = 180;
const periodMs = 5_000;
/** A big fleet is asked about at a bounded rate. */
const perAssetMs = 150;

function lastValue(series: Series): number | null {
  for (let i = series.values.length - 1; i >= 0; --i) {
    const value = series.values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

export function keyScore(series: readonly Series[], limits: readonly Limit[]): KeyScore | null {
  const scored = series.flatMap((each): KeyScore[] => {
    const latest = lastValue(each);
    return latest === null ? [] : [{series: each, limit: nearestLimit(limits, each.name), latest}];
  });
  const nearness = (score: KeyScore) =>
    score.limit === null || score.limit.value === 0 ? -Infinity : score.latest / score.limit.value;
  return scored.sort((a, b) => nearness(b) - nearness(a))[0] ?? null;
}

/** Kept up to date while `active`; the last one known otherwise, null before the first. */
export function useKeyScore(asset: Asset, active: boolean, fleetSize: number): KeyScore | null {
  const names = asset.models.map((model) => `${model.name}.score`);
  const key = active && names.length > 0 ? `${asset.asset} ${names.join()}` : null;
  const answer = useAnswer(
    key,
    async (signal) => (await api.series({asset: asset.asset, names, points}, signal)).series,
    Math.max(periodMs, fleetSize * perAssetMs),
  );
  return useMemo(() => keyScore(answer.value ?? [], allLimits(asset.rules)), [answer.value, asset.rules]);
}
