import {useState} from 'react';
import {fromLocalInput, toLocalInput} from '../text/format';
import {Segmented} from '../ui/basic';
import {presetKey, presets, type Range} from './range';

function Custom({window: shown, onRange}: {window: {from: number; to: number}; onRange: (range: Range) => void}) {
  const [from, setFrom] = useState(() => toLocalInput(shown.from));
  const [to, setTo] = useState(() => toLocalInput(shown.to));
  const start = fromLocalInput(from);
  const end = fromLocalInput(to);
  const mistake =
    start === null || end === null ? 'Give both times.' : end <= start ? 'The end must be after the start.' : null;
  const apply = () => {
    if (start !== null && end !== null && mistake === null) onRange({kind: 'fixed', from: start, to: end});
  };
  return (
    <form
      className="custom-range"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <label>
        <span>From</span>
        <input type="datetime-local" step="1" value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label>
        <span>To</span>
        <input type="datetime-local" step="1" value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <button type="submit" disabled={mistake !== null}>
        Show
      </button>
      {mistake === null ? null : (
        <span className="mistake" role="alert">
          {mistake}
        </span>
      )}
    </form>
  );
}

/** Live spans, or a window that stands still; dragging over a chart makes one of those too. */
export function RangeBar({
  range,
  window: shown,
  onRange,
}: {
  range: Range;
  window: {from: number; to: number};
  onRange: (range: Range) => void;
}) {
  const key = presetKey(range);
  const choose = (chosen: string) => {
    const preset = presets.find((each) => each.key === chosen);
    onRange(preset === undefined ? {kind: 'fixed', ...shown} : {kind: 'live', span: preset.span});
  };
  const move = (factor: number) => {
    const by = (shown.to - shown.from) * factor;
    onRange({kind: 'fixed', from: shown.from + by, to: shown.to + by});
  };
  const widen = () => {
    const by = (shown.to - shown.from) / 2;
    onRange({kind: 'fixed', from: shown.from - by, to: shown.to + by});
  };
  return (
    <div className="range-bar">
      <Segmented
        label="Time range"
        value={key}
        onChange={choose}
        choices={[
          ...presets.map(({key: value, label}) => ({value: value as string, label})),
          {value: 'custom', label: 'Custom'},
        ]}
      />
      <div className="segmented" role="group" aria-label="Move the range">
        <button type="button" onClick={() => move(-0.5)} aria-label="Earlier" title="Earlier">
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <path d="M10.5 3 5.5 8l5 5" fill="none" stroke="currentColor" strokeWidth="1.8" />
          </svg>
        </button>
        <button type="button" onClick={widen} aria-label="Wider" title="Wider">
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <path
              d="M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5M2.5 8h11"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.6"
            />
          </svg>
        </button>
        <button type="button" onClick={() => move(0.5)} aria-label="Later" title="Later">
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <path d="m5.5 3 5 5-5 5" fill="none" stroke="currentColor" strokeWidth="1.8" />
          </svg>
        </button>
      </div>
      <span className={`following${range.kind === 'live' ? ' following-on' : ''}`}>
        {range.kind === 'live' ? 'following the data' : 'standing still'}
      </span>
      {range.kind === 'fixed' ? <Custom key={`${range.from} ${range.to}`} window={shown} onRange={onRange} /> : null}
    </div>
  );
}
