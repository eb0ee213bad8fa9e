// How every chart of the page looks and moves: one time axis, one cursor.
import uPlot from 'uplot';
import type {Limit} from './limits';
import {flagHeight, drawBands, drawLabels, drawLimits, type Scene} from './chart_scene';
import {lineCount} from './palette';
import type {SeriesInfo} from './groups';
import {scaled} from '../text/units';

/** The widths left and right of every plot are equal, so that times line up down the page. */
export const gutter = {left: 56, right: 10};
export const fontText = '11px "Plex Condensed", "Roboto Condensed", "Arial Narrow", sans-serif';
const syncKey = 'wayside-asset';

function two(value: number): string {
  return value.toString().padStart(2, '0');
}

const dayMs = 86_400_000;

export function timeLabels(splits: readonly number[], step: number): string[] {
  let dayBefore = -1;
  return splits.map((time) => {
    const date = new Date(time);
    const newDay = dayBefore !== -1 && date.getDate() !== dayBefore;
    dayBefore = date.getDate();
    const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    if (step >= dayMs) return day;
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
    if (newDay) return `${day.slice(5)} ${clock}`;
    return step < 60_000 ? `${clock}:${two(date.getSeconds())}` : clock;
  });
}

function valueLabels(splits: readonly number[], step: number): string[] {
  const largest = Math.max(...splits.map(Math.abs));
  const [size, prefix] = largest >= 1e5 ? scaled(largest) : [largest, ''];
  const scale = size === 0 ? 1 : largest / size;
  // As many decimals as tell the steps apart: two for 0.25.
  let decimals = 0;
  const shownStep = step / scale;
  while (decimals < 6 && Math.abs(shownStep * 10 ** decimals - Math.round(shownStep * 10 ** decimals)) > 1e-6)
    decimals += 1;
  return splits.map((value) => (value / scale).toFixed(decimals).replace('-', '\u2212') + (value === 0 ? '' : prefix));
}

/** Times that are round by the reader's clock: uPlot's own drift by the odd second. */
export function timeSplits(from: number, to: number, step: number): number[] {
  const offset = new Date(from).getTimezoneOffset() * 60_000;
  const splits = [];
  for (let time = Math.ceil((from - offset) / step) * step + offset; time <= to; time += step) splits.push(time);
  return splits;
}

/** Limits within reach of the data belong in the picture; far ones would only flatten it. */
export function valueRange(
  min: number | null,
  max: number | null,
  limits: readonly Limit[],
  fromZero: boolean,
): [number, number] {
  let low = min ?? 0;
  let high = max ?? 1;
  if (fromZero) low = Math.min(0, low);
  const reach = Math.max(high - low, Math.abs(high) * 0.02, 1e-9);
  for (const {value} of limits) {
    if (value > high && (fromZero || value - high < reach)) high = value;
    if (value < low && (fromZero || low - value < reach)) low = value;
  }
  const pad = Math.max((high - low) * 0.08, Math.abs(high) * 1e-3, 1e-9);
  return [fromZero && low === 0 ? 0 : low - pad, high + pad];
}

export function timeAxis(scene: () => Scene, labels: boolean): uPlot.Axis {
  return {
    scale: 'x',
    side: 0,
    show: true,
    size: labels ? 22 : 0,
    font: fontText,
    gap: 3,
    space: 74,
    stroke: () => scene().palette.faint,
    grid: {show: !labels, stroke: () => scene().palette.grid, width: 1},
    ticks: {show: labels, stroke: () => scene().palette.grid, size: 4, width: 1},
    splits: (_, __, from, to, step) => timeSplits(from, to, step),
    values: (_, splits, __, ___, step) => (labels ? timeLabels(splits, step) : splits.map(() => '')),
  };
}

export function cursorOptions(): uPlot.Cursor {
  return {
    y: false,
    drag: {x: true, y: false, setScale: false},
    focus: {prox: -1},
    points: {size: 6, width: 1.5},
    sync: {
      key: syncKey,
      scales: ['x', null],
      setSeries: false,
      filters: {pub: (type) => type === 'mousemove' || type === 'mouseleave', sub: () => true},
    },
  };
}

function line(info: SeriesInfo, index: number, scene: () => Scene): uPlot.Series {
  return {
    label: info.name,
    scale: 'y',
    stroke: () => scene().palette.lines[index % lineCount] ?? scene().palette.ink,
    width: info.kind === 'signal' ? 1.25 : 1.75,
    ...(index >= lineCount ? {dash: [6, 3]} : {}),
    points: {show: (self, series, from, to) => to - from < 40 && self.width > 200 && series > 0, size: 4},
  };
}

export function chartOptions(
  size: {width: number; height: number},
  infos: readonly {info: SeriesInfo; index: number}[],
  scene: () => Scene,
  fromZero: boolean,
  hooks: {cursor: (self: uPlot) => void; select: (self: uPlot) => void},
): uPlot.Options {
  return {
    ...size,
    ms: 1,
    padding: [flagHeight, gutter.right, 7, 0],
    legend: {show: false},
    cursor: cursorOptions(),
    scales: {
      x: {time: true, range: () => [scene().window.from, scene().window.to]},
      y: {range: (_, min, max) => valueRange(min, max, scene().limits, fromZero)},
    },
    axes: [
      timeAxis(scene, false),
      {
        scale: 'y',
        size: gutter.left,
        font: fontText,
        gap: 6,
        space: 30,
        stroke: () => scene().palette.faint,
        grid: {stroke: () => scene().palette.grid, width: 1},
        ticks: {show: false},
        values: (_, splits, __, ___, step) => valueLabels(splits, step),
      },
    ],
    series: [{}, ...infos.map(({info, index}) => line(info, index, scene))],
    hooks: {
      drawClear: [(self) => drawBands(self, scene())],
      // Under the lines: nothing may hide a value.
      drawAxes: [(self) => drawLimits(self, scene()), (self) => drawLabels(self, scene())],
      setCursor: [hooks.cursor],
      setSelect: [hooks.select],
    },
  };
}
