// The time axis of all charts, with the alerts laid out on it. It stays in view while the charts scroll.
import {useLayoutEffect, useRef} from 'react';
import uPlot from 'uplot';
import {reasonOf, ruleOf} from '../live/events';
import {formatTime} from '../text/format';
import {Icon} from '../ui/icons';
import {cursorOptions, gutter, timeAxis} from './chart_options';
import type {Scene} from './chart_scene';
import type {Shared} from './chart';
import {placeAlerts, type Placed} from './lanes';

const axisHeight = 24;
function Lane({
  placed,
  onSelect,
  selected,
}: {
  placed: Placed[];
  onSelect: (id: string) => void;
  selected: string | null;
}) {
  const lanes = Math.max(0, ...placed.map((each) => each.lane + 1));
  if (lanes === 0) return null;
  const inner = `(100% - ${gutter.left + gutter.right}px)`;
  return (
    <div className="lanes" style={{height: lanes * 20 + 2}}>
      {placed.map(({event, lane, left, width}) => (
        <button
          key={event.id}
          type="button"
          aria-pressed={selected === event.id}
          className={`lane-alert lane-${event.severity}${event.cleared ? ' lane-over' : ''}`}
          style={{
            top: lane * 20 + 2,
            left: `calc(${gutter.left}px + ${inner} * ${left})`,
            width: `calc(${inner} * ${width})`,
          }}
          title={`${ruleOf(event)}: ${reasonOf(event)} (${formatTime(event.time)})`}
          onClick={() => onSelect(event.id)}
        >
          <Icon symbol={event.cleared ? 'cleared' : event.acknowledged ? 'acknowledged' : event.severity} />
          <span>{ruleOf(event)}</span>
        </button>
      ))}
    </div>
  );
}

export function Ruler({
  shared,
  selected,
  onSelect,
}: {
  shared: Shared;
  selected: string | null;
  onSelect: (id: string) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  const flag = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scene = useRef<Scene>({...shared, limits: []});
  scene.current = {...shared, limits: []};

  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const cursor = (self: uPlot) => {
      const left = self.cursor.left ?? -1;
      if (flag.current === null) return;
      flag.current.hidden = left < 0;
      flag.current.style.left = `${gutter.left + left}px`;
      flag.current.textContent = left < 0 ? '' : formatTime(self.posToVal(left, 'x'));
    };
    const made = new uPlot(
      {
        width: Math.max(element.clientWidth, 100),
        height: axisHeight,
        ms: 1,
        padding: [0, gutter.right, 0, gutter.left],
        legend: {show: false},
        cursor: {...cursorOptions(), drag: {x: false, y: false}},
        series: [{}],
        scales: {x: {time: true, range: () => [scene.current.window.from, scene.current.window.to]}},
        axes: [timeAxis(() => scene.current, true)],
        hooks: {setCursor: [cursor]},
      },
      [[]],
      element,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({width: element.clientWidth, height: axisHeight});
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);
  useLayoutEffect(
    () => plot.current?.setData([[shared.window.from, shared.window.to]], true),
    [shared.window.from, shared.window.to, shared.palette],
  );

  return (
    <div className="ruler">
      <Lane
        placed={placeAlerts(shared.alerts, shared.window.from, shared.window.to)}
        onSelect={onSelect}
        selected={selected}
      />
      <div className="ruler-axis">
        <div ref={host} aria-hidden="true" />
        <div ref={flag} className="ruler-flag num" hidden />
      </div>
    </div>
  );
}
