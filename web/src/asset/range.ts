// The span of time an asset page shows: one that follows the newest data, or one that stands still.
import {assetPath} from '../router';

export type Range = {kind: 'live'; span: number} | {kind: 'fixed'; from: number; to: number};

export const presets = [
  {key: '2m', label: '2 min', span: 120_000},
  {key: '10m', label: '10 min', span: 600_000},
  {key: '1h', label: '1 h', span: 3_600_000},
  {key: '6h', label: '6 h', span: 21_600_000},
  {key: '24h', label: '24 h', span: 86_400_000},
] as const;

export const defaultKey = '10m';
const spanMin = 1_000;

export function presetKey(range: Range): string {
  if (range.kind === 'fixed') return 'custom';
  return presets.find((preset) => preset.span === range.span)?.key ?? 'custom';
}

export function parseRange(search: URLSearchParams): Range {
  const from = Number(search.get('from') ?? NaN);
  const to = Number(search.get('to') ?? NaN);
  if (Number.isFinite(from) && Number.isFinite(to) && to - from >= spanMin) return {kind: 'fixed', from, to};
  const wanted = search.get('range') ?? defaultKey;
  const preset = presets.find((each) => each.key === wanted) ?? presets[1];
  return {kind: 'live', span: preset.span};
}

export function rangePath(asset: string, range: Range): string {
  if (range.kind === 'fixed')
    return assetPath(asset, {from: String(Math.round(range.from)), to: String(Math.round(range.to))});
  const key = presetKey(range);
  return assetPath(asset, key === defaultKey ? undefined : {range: key});
}

/** Five minutes on either side of an alert: its beginning, and what came of it. */
export function rangeAround(time: number, cleared: number | null | undefined): Range {
  const margin = 300_000;
  const end = cleared === null || cleared === undefined ? time : Math.min(cleared, time + 6 * margin);
  return {kind: 'fixed', from: time - margin, to: end + margin};
}

export function windowOf(range: Range, newest: number): {from: number; to: number} {
  return range.kind === 'fixed' ? {from: range.from, to: range.to} : {from: newest - range.span, to: newest};
}

/** The least of a live window that is shown, however young the data. */
const youngSpan = 30_000;

/** A live window over data younger than itself begins where the data does, instead of showing emptiness before it. */
export function fitted(range: Range, window: {from: number; to: number}, first: number): {from: number; to: number} {
  if (range.kind === 'fixed' || !Number.isFinite(first)) return window;
  const begin = Math.min(first - (window.to - first) * 0.02, window.to - youngSpan);
  return {from: Math.max(window.from, begin), to: window.to};
}

/** How often a window is read again while it follows the data: often enough to move by about a pixel. */
export function refreshMs(range: Range): number {
  if (range.kind === 'fixed') return 15_000;
  return Math.min(10_000, Math.max(1_000, range.span / 1_800));
}
