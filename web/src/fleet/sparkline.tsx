import {beyond, type Limit} from '../asset/limits';
import type {KeyScore} from './scores';

const width = 132;
const height = 30;
const pad = 2;

interface Scale {
  x: (time: number) => number;
  y: (value: number) => number;
}

function scaleOf(times: readonly number[], values: readonly (number | null)[], limit: Limit | null): Scale {
  const known = values.filter((value): value is number => value !== null);
  const low = Math.min(0, ...known);
  const high = Math.max(...known, limit === null ? -Infinity : limit.value * 1.08, low + 1e-9);
  const first = times[0] ?? 0;
  const span = Math.max(1, (times[times.length - 1] ?? 1) - first);
  return {
    x: (time) => pad + ((time - first) / span) * (width - 2 * pad),
    y: (value) => height - pad - ((value - low) / (high - low)) * (height - 2 * pad),
  };
}

function path(times: readonly number[], values: readonly (number | null)[], scale: Scale): string {
  let text = '';
  let pen = 'M';
  for (let i = 0; i < times.length; ++i) {
    const time = times[i];
    const value = values[i];
    if (time === undefined || value === null || value === undefined) pen = 'M';
    else {
      text += `${pen}${scale.x(time).toFixed(1)} ${scale.y(value).toFixed(1)}`;
      pen = 'L';
    }
  }
  return text;
}

/** The last minutes of a score; the dashed line is its limit. Decoration beside the number, which says the same. */
export function Sparkline({score}: {score: KeyScore}) {
  const {times, values} = score.series;
  const scale = scaleOf(times, values, score.limit);
  const over = score.limit !== null && beyond(score.limit, score.latest);
  const lastTime = times[times.length - 1];
  return (
    <svg
      className={over ? 'spark spark-over' : 'spark'}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
      focusable="false"
    >
      {score.limit === null ? null : (
        <line
          className="spark-limit"
          x1="0"
          x2={width}
          y1={scale.y(score.limit.value)}
          y2={scale.y(score.limit.value)}
        />
      )}
      <path className="spark-line" d={path(times, values, scale)} />
      {lastTime === undefined ? null : <circle cx={scale.x(lastTime)} cy={scale.y(score.latest)} r="2.2" />}
    </svg>
  );
}
