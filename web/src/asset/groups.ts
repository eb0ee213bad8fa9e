// Which series share a chart: scores first, then one chart a unit, in the order of the schema.
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

export function groupSeries(all: readonly SeriesInfo[]): Group[] {
  const groups = new Map<string, Group>();
  for (const info of all) {
    const key = info.kind === 'score' ? 'score' : `unit ${unitText(info.unit)}`;
    const group = groups.get(key) ?? {key, title: titleOf(info), unit: unitText(info.unit), series: []};
    group.series.push(info);
    groups.set(key, group);
  }
  return [...groups.values()];
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
  for (const group of groupSeries(seriesOf(asset))) {
    const ranked = [...group.series].sort((a, b) => weight(a) - weight(b));
    for (const info of ranked.slice(0, perGroupMax)) if (visible.size < totalMax) visible.add(info.name);
  }
  return visible;
}
