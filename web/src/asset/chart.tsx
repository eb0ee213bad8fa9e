// One chart: the lines of one unit, and a legend that reads off the cursor or the newest value.
import {useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type RefObject} from 'react';
import uPlot from 'uplot';
import type {FleetEvent, Series} from '../api';
import {formatMeasure} from '../text/units';
import {align, lastValue, valueAt} from './align';
import {chartOptions} from './chart_options';
import type {Scene} from './chart_scene';
import type {Group, SeriesInfo} from './groups';
import type {Limit} from './limits';
import {lineCount, type Palette} from './palette';

export interface Shared {
  window: {from: number; to: number};
  alerts: readonly FleetEvent[];
  limits: readonly Limit[];
  palette: Palette;
  onZoom: (from: number, to: number) => void;
  onToggle: (name: string) => void;
}

interface Shown {
  info: SeriesInfo;
  index: number;
}

const dragMin = 6;

/** Writes the values under the cursor (or the newest) into the legend, without a turn through React at every move. */
function writeLegend(self: uPlot, names: readonly string[], unit: string, cells: Map<string, HTMLElement>): void {
  const index = self.cursor.idx;
  names.forEach((name, number) => {
    const column = self.data[number + 1] as (number | null | undefined)[] | undefined;
    const cell = cells.get(name);
    if (column === undefined || cell === undefined) return;
    const at = index !== null && index !== undefined && (self.cursor.left ?? -1) >= 0;
    const text = formatMeasure(at ? valueAt(column, index) : lastValue(column), unit);
    if (cell.textContent !== text) cell.textContent = text;
  });
}

/** In this chart and, through the shared cursor, in all. */
function putCursor(self: uPlot, left: number): void {
  // The third parameter (tell the other charts) is missing from uPlot's types.
  const set = self.setCursor as (place: {left: number; top: number}, fire: boolean, publish: boolean) => void;
  set({left, top: left < 0 ? left : 1}, true, true);
}

function moveCursor(self: uPlot, event: KeyboardEvent): void {
  const times = self.data[0];
  const step = event.shiftKey ? 20 : 1;
  const now = self.cursor.idx ?? times.length - 1;
  const to = {ArrowLeft: now - step, ArrowRight: now + step, Home: 0, End: times.length - 1}[event.key];
  if (event.key === 'Escape') putCursor(self, -10);
  if (to === undefined) return;
  event.preventDefault();
  const time = times[Math.max(0, Math.min(times.length - 1, to))];
  if (time !== undefined) putCursor(self, Math.max(0, self.valToPos(time, 'x')));
}

/** Creates the plot, and again only when its lines change; all else is read from `scene` as it draws. */
function usePlot(
  host: RefObject<HTMLDivElement | null>,
  shown: readonly Shown[],
  group: Group,
  height: number,
  scene: RefObject<Scene>,
  cells: RefObject<Map<string, HTMLElement>>,
  onZoom: (from: number, to: number) => void,
) {
  const plot = useRef<uPlot | null>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const key = shown.map(({info}) => info.name).join(' ');
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const names = shown.map(({info}) => info.name);
    const select = (self: uPlot) => {
      const {left, width} = self.select;
      if (width < dragMin) return;
      const [from, to] = [self.posToVal(left, 'x'), self.posToVal(left + width, 'x')];
      self.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
      zoom.current(from, to);
    };
    const cursor = (self: uPlot) => writeLegend(self, names, group.unit, cells.current);
    const options = chartOptions(
      {width: Math.max(element.clientWidth, 100), height},
      shown,
      () => scene.current,
      group.key === 'score',
      {cursor, select},
    );
    const made = new uPlot(options, [[], ...shown.map(() => [])], element);
    plot.current = made;
    const resize = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({width: element.clientWidth, height});
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
    // `key` stands for `shown`; scene and cells are refs.
  }, [key, group.key, group.unit, height]);
  return {plot, key};
}

function LegendEntry({
  info,
  index,
  hidden,
  cells,
  onToggle,
}: {
  info: SeriesInfo;
  index: number;
  hidden: boolean;
  cells: RefObject<Map<string, HTMLElement>>;
  onToggle: (name: string) => void;
}) {
  return (
    <button
      type="button"
      className={`entry${hidden ? ' entry-hidden' : ''}`}
      aria-pressed={!hidden}
      title={info.note}
      onClick={() => onToggle(info.name)}
    >
      <span
        className={`swatch${index >= lineCount ? ' swatch-dashed' : ''} swatch-${info.kind}`}
        style={{color: `var(--line-${(index % lineCount) + 1})`}}
        aria-hidden="true"
      />
      <span className="entry-name">{info.name}</span>
      {hidden ? null : (
        <span
          className="num entry-value"
          ref={(element) => {
            if (element === null) cells.current.delete(info.name);
            else cells.current.set(info.name, element);
          }}
        />
      )}
    </button>
  );
}

const hiddenShown = 3;

export function Chart({
  group,
  visible,
  series,
  shared,
  height,
}: {
  group: Group;
  visible: ReadonlySet<string>;
  series: ReadonlyMap<string, Series>;
  shared: Shared;
  height: number;
}) {
  const host = useRef<HTMLDivElement>(null);
  const cells = useRef(new Map<string, HTMLElement>());
  const [all, setAll] = useState(false);
  const entries = group.series.map((info, index): Shown => ({info, index}));
  const shown = entries.filter(({info}) => visible.has(info.name));
  const hidden = entries.filter(({info}) => !visible.has(info.name));
  const limits = shared.limits.filter((limit) => shown.some(({info}) => info.name === limit.series));
  const scene = useRef<Scene>({...shared, limits});
  scene.current = {window: shared.window, alerts: shared.alerts, limits, palette: shared.palette};
  const {plot, key} = usePlot(host, shown, group, height, scene, cells, shared.onZoom);

  const data = useMemo(
    () =>
      align(
        shown.map(
          ({info}) =>
            series.get(info.name) ?? {
              name: info.name,
              kind: info.kind,
              unit: info.unit,
              reduced: false,
              times: [],
              values: [],
            },
        ),
      ),
    // `key` stands for `shown`.
    [series, key],
  );
  useEffect(() => {
    const self = plot.current;
    if (self === null) return;
    self.setData([data.times, ...data.values], true);
    writeLegend(
      self,
      shown.map(({info}) => info.name),
      group.unit,
      cells.current,
    );
  }, [data, shared.window.from, shared.window.to, shared.alerts, shared.palette, height]);

  const nothing = series.size > 0 && shown.length > 0 && data.values.every((column) => lastValue(column) === null);
  const unit = group.unit === '' ? '' : `, ${group.unit}`;
  return (
    <section className={`chart${shown.length === 0 ? ' chart-empty' : ''}`} aria-label={`${group.title}${unit}`}>
      <div className="chart-head">
        <h2>
          {group.title}
          {group.unit === '' || group.unit === group.title ? null : <span className="unit">{group.unit}</span>}
        </h2>
        <div className="legend">
          {shown.map((entry) => (
            <LegendEntry key={entry.info.name} {...entry} hidden={false} cells={cells} onToggle={shared.onToggle} />
          ))}
          {(all ? hidden : hidden.slice(0, hiddenShown)).map((entry) => (
            <LegendEntry key={entry.info.name} {...entry} hidden cells={cells} onToggle={shared.onToggle} />
          ))}
          {hidden.length > hiddenShown ? (
            <button type="button" className="inline" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? 'fewer' : `${hidden.length - hiddenShown} more`}
            </button>
          ) : null}
        </div>
      </div>
      {nothing ? <p className="nothing faint">No data in this window.</p> : null}
      {shown.length === 0 ? null : (
        <div
          hidden={nothing}
          className="plot"
          ref={host}
          tabIndex={0}
          role="group"
          aria-label={`Chart of ${shown.map(({info}) => info.name).join(', ')}. Arrow keys move the cursor.`}
          onKeyDown={(event) => plot.current !== null && moveCursor(plot.current, event)}
          onBlur={() => plot.current !== null && putCursor(plot.current, -10)}
        />
      )}
    </section>
  );
}
