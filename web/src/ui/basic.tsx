import type {MouseEvent, ReactNode} from 'react';
import {formatTime, formatUtc, noValue} from '../text/format';
import {navigate} from '../router';
import {Icon, type Symbol} from './icons';

/** A moment, local; UTC to the millisecond on hover and for machines. */
export function Moment({time}: {time: number | null | undefined}) {
  if (time === null || time === undefined || !Number.isFinite(time)) return <>{noValue}</>;
  return (
    <time className="num" dateTime={new Date(time).toISOString()} title={formatUtc(time)}>
      {formatTime(time)}
    </time>
  );
}

/** A link within the console: opens in place, and in a new tab when asked to. */
export function Link({
  to,
  children,
  className,
  current,
}: {
  to: string;
  children: ReactNode;
  className?: string;
  current?: boolean;
}) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} className={className} onClick={follow} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}

export function Notice({symbol, title, children}: {symbol: Symbol; title: string; children?: ReactNode}) {
  return (
    <div className={`notice notice-${symbol}`}>
      <Icon symbol={symbol} />
      <div>
        <strong>{title}</strong>
        {children === undefined ? null : <div>{children}</div>}
      </div>
    </div>
  );
}

export interface Choice<T extends string> {
  value: T;
  label: ReactNode;
}

/** One of a few: buttons side by side, the chosen one pressed. */
export function Segmented<T extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
}) {
  return (
    <div className="segmented" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
