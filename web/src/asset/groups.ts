// Which series share a chart: those of one unit, and the scores.
import type {Asset, Series} from '../api';
import {quantity, unitText} from '../text/units';
import {allLimits} from './limits';

export interface SeriesInfo {
  name: string;
  kind: Series['kind'];
  unit: string;
  /** What it is computed from, for features. */
  note: string;
}

export interface Group {
  key: string;
  title: string;
  unit: string;
  series: SeriesInfo[];
}

/** A chart with more lines than this cannot be read: the rest starts hidden. */
const perGroupMax = 6;
const totalMax = 36;
export const scoreKey = 'score';

export function seriesOf(asset: Asset): SeriesInfo[] {
  return [
    ...asset.models.map((model): SeriesInfo => ({
      name: `${model.name}.score`,
      kind: 'score',
      unit: '1',
      note: `score of ${model.name}`,
    })),
    ...asset.signals.map((signal): SeriesInfo => ({
      name: signal.name,
      kind: 'signal',
      unit: signal.unit,
      note: 'signal',
    })),
    ...asset.features.map((feature): SeriesInfo => ({
      name: feature.name,
      kind: 'feature',
      unit: feature.unit,
      note: feature.expression,
    })),
  ];
}

function titleOf(info: SeriesInfo): string {
  if (info.kind === 'score') return 'Scores';
  const what = quantity(info.unit);
  if (what !== '') return what;
  return unitText(info.unit) === '' ? 'Without unit' : unitText(info.unit);
}

/** Scores first, then what rules limit, then what models look at, then the rest; what has no unit last of its rank. */
export function groupSeries(asset: Asset): Group[] {
  const limited = new Set(allLimits(asset.rules).map((limit) => limit.series));
  const inputs = new Set(asset.models.flatMap((model) => model.inputs));
  const groups = new Map<string, Group>();
  for (const info of seriesOf(asset)) {
    const key = info.kind === 'score' ? scoreKey : `unit ${unitText(info.unit)}`;
    const group = groups.get(key) ?? {key, title: titleOf(info), unit: unitText(info.unit), series: []};
    group.series.push(info);
    groups.set(key, group);
  }
  const rank = (group: Group) => {
    if (group.key === scoreKey) return 0;
    if (group.series.some((info) => limited.has(info.name))) return 1;
    return group.series.some((info) => inputs.has(info.name)) ? 2 : 3;
  };
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || Number(a.unit === '') - Number(b.unit === ''));
}

/** What is shown before anybody chose: scores, what models and rules look at, then signals, while it stays readable. */
export function defaultVisible(asset: Asset): Set<string> {
  const inputs = new Set([
    ...asset.models.flatMap((model) => model.inputs),
    ...allLimits(asset.rules).map((limit) => limit.series),
  ]);
  const weight = (info: SeriesInfo) =>
    info.kind === 'score' ? 0 : inputs.has(info.name) ? 1 : info.kind === 'signal' ? 2 : 3;
  const visible = new Set<string>();
  for (const group of groupSeries(asset)) {
    const ranked = [...group.series].sort((a, b) => weight(a) - weight(b));
    for (const info of ranked.slice(0, perGroupMax)) if (visible.size < totalMax) visible.add(info.name);
  }
  return visible;
}
